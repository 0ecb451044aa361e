writer = SummaryWriter("logs")  # tensorboardX, clu.metric_writers or flax.metrics.tensorboard


def log_histograms(params, grads, step):
    """Call it every 50 steps or so."""
    for kind, tree in (("", params), (".grad", grads)):
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
            name = "/".join(str(getattr(key, "key", getattr(key, "idx", key))) for key in path)
            writer.add_histogram(f"{name}{kind}", numpy.asarray(leaf), step)
