"""The web page that draws from a checkpoint."""
