"""What a log says of the model itself, and which of its layers a tag means."""
