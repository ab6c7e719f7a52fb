"""What a checkpoint says of its model, and how a model is rebuilt from it without running code of the file's choosing."""
