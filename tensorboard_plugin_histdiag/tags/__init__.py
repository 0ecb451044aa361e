"""What a tag's name says: the tensor's role, its layer, and the layer's depth."""
