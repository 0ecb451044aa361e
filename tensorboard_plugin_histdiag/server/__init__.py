"""TensorBoard's side: what has been measured of a growing log, and the routes that answer from it."""
