"""Raw tensors, of whichever library: measured as they come, without a log."""
