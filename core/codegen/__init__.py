"""All Python source that Thaw writes, for these very settings; nothing in it imports Thaw. No TensorFlow."""
