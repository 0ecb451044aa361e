writer = SummaryWriter("logs")
outputs = {}
for name, module in model.named_modules():
    if not list(module.children()):
        module.register_forward_hook(lambda module, args, out, name=name: outputs.update({name: out}))


def log_histograms(step):
    """Call it every 50 steps or so, after loss.backward() and before optimizer.step()."""
    for name, parameter in model.named_parameters():
        writer.add_histogram(name, parameter, step)
        if parameter.grad is not None:
            writer.add_histogram(f"{name}.grad", parameter.grad, step)
    for name, out in outputs.items():
        writer.add_histogram(f"{name}.output", out, step)
