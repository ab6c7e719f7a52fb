"""What a checkpoint says of its model, and how the model is rebuilt without running code that a file names."""
