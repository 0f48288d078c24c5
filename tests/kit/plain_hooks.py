"""Outputs of a network's modules by plain forward hooks, which are what a probe must reproduce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable


def seen_by(network: nn.Module, names: tuple[str, ...], inputs: Tensor) -> dict[str, Tensor]:
    """The outputs of module runs, by plain forward hooks on the network itself in evaluation mode.

    ``name#k`` is run k; a plain name of a module with several runs is the last. This is what a probe must reproduce.
    """
    recorded: dict[str, list[Tensor]] = {}

    def keep(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(_module: nn.Module, _inputs: object, output: Any) -> None:  # noqa: ANN401 (whatever a module gives)
            while not isinstance(output, Tensor):
                output = next(iter(output.values() if isinstance(output, dict) else output))
            recorded.setdefault(name, []).append(output.clone())

        return hook

    modules = dict(network.named_modules())
    flags = {name: module.training for name, module in modules.items()}
    handles = [modules[name].register_forward_hook(keep(name)) for name in {name.split("#")[0] for name in names}]
    try:
        network.eval()
        network(inputs)
    except AssertionError:  # a classifier that refuses to run
        pass
    finally:
        for handle in handles:
            handle.remove()
        for name, module in modules.items():
            module.training = flags[name]
    return {name: recorded[name.split("#")[0]][int(name.split("#")[1]) if "#" in name else -1] for name in names}
