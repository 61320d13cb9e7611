"""The eight lab questions: answers, evidence, code, and the document that holds them. No TensorFlow."""
