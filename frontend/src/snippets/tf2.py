writer = tf.summary.create_file_writer("logs")


def log_histograms(model, x, gradients, step):
    """Call it every 50 steps or so, with the gradients that the optimizer is about to apply."""
    with writer.as_default(step=step):
        for variable, gradient in zip(model.trainable_variables, gradients):
            tf.summary.histogram(variable.path, variable)
            tf.summary.histogram(f"{variable.path}/gradient", gradient)
        for layer in model.layers:
            x = layer(x)
            tf.summary.histogram(f"{layer.name}/output", x)
