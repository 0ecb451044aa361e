"""Data in: a log directory or a TensorBoard data provider, as histogram batches and scalars."""
