"""The method: from pixels to boundary features to trained weights and what they are worth."""
