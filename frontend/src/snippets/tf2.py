writer = tf.summary.create_file_writer("logs")


def log_histograms(model, x, gradients, step):
    """Call it every 50 steps or so, with the gradients that the optimizer is about to apply."""
    gradient_of = dict(zip((variable.path for variable in model.trainable_variables), gradients))
    with writer.as_default(step=step):
        for layer in model.layers:
            x = layer(x)
            tf.summary.histogram(f"{layer.name}/output", x)
            for variable in layer.trainable_variables:
                name = f"{layer.name}/{variable.name}"
                tf.summary.histogram(name, variable)
                tf.summary.histogram(f"{name}/gradient", gradient_of[variable.path])
