from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from visualize.cluster import ray_address, ray_engine
from visualize.cluster.ray_address import require_answer, unreachable
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD, CLIENTS = "/ray.rpc.NodeInfoGcsService/GetClusterId", "/ray.rpc.RayletDriver/ClusterInfo"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_ADDRESS", "RAY_AUTH_MODE", "RAY_USE_TLS"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def serving(method: str, status: str) -> Iterator[str]:
    """The address of a server of one method, which answers with this status."""
    grpc = pytest.importorskip("grpc", reason="Ray's clients are not installed")

    def answer(request: bytes, context: Any) -> bytes:  # noqa: ANN401 (grpc's)
        if status != "OK":
            context.abort(grpc.StatusCode[status], "said the server")
        return b""

    def service(details: Any) -> Any:  # noqa: ANN401 (grpc's)
        return grpc.unary_unary_rpc_method_handler(answer) if details.method == method else None

    handler = type("Handler", (grpc.GenericRpcHandler,), {"service": lambda self, details: service(details)})()
    server = grpc.server(ThreadPoolExecutor(1), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)


@pytest.mark.parametrize(
    ("method", "before", "status"),
    [(HEAD, "", "OK"), (CLIENTS, "ray://", "OK"), (CLIENTS, "ray://", "INTERNAL"), ("/another/Version", "", "OK")],
)
def test_what_answers_as_ray_does_is_left_to_ray(method: str, before: str, status: str) -> None:
    with serving(method, status) as place:
        require_answer(f"{before}{place}")


def test_a_token_is_asked_for_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(HEAD, "UNAUTHENTICATED") as place:
        with pytest.raises(InputError, match=f"{place} asks for a token; set the variable RAY_AUTH_MODE to token"):
            require_answer(place)
        monkeypatch.setenv("RAY_AUTH_MODE", "token")  # whether it is the right one is Ray's to find out
        require_answer(place)


def test_the_addresses_of_heads_and_of_servers_for_clients_are_told_apart() -> None:
    with (
        serving(HEAD, "OK") as place,
        pytest.raises(InputError, match=f"address of a cluster's head; write --on {place}$"),
    ):
        require_answer(f"ray://{place}")
    with (
        serving(CLIENTS, "UNAUTHENTICATED") as place,
        pytest.raises(InputError, match=f"address of a server for clients; write --on ray://{place}$"),
    ):
        require_answer(place)


@pytest.mark.parametrize("before", ["", "ray://"])
def test_a_server_that_is_no_cluster_is_refused_and_not_waited_for(
    before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("grpc", reason="Ray's clients are not installed")
    monkeypatch.setattr(ray_address, "_ANSWER", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(InputError, match="not answer as a Ray"):
        require_answer(f"{before}127.0.0.1:{silent.getsockname()[1]}")


def test_what_ray_finds_on_this_machine_has_to_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # which listens to nobody, like the head of a cluster that was killed
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setattr(ray_address, "_found_here", lambda: place)
        with pytest.raises(InputError, match=f"nobody listens at {place}"):
            require_answer("ray")
    with serving(HEAD, "UNAUTHENTICATED") as place:
        monkeypatch.setattr(ray_address, "_found_here", lambda: place)
        require_answer("ray")  # for this machine's own cluster Ray takes its token by itself
        monkeypatch.setenv("RAY_ADDRESS", place)
        with pytest.raises(InputError, match="asks for a token"):
            require_answer("ray")
    monkeypatch.setenv("RAY_ADDRESS", "local")
    with pytest.raises(InputError, match="RAY_ADDRESS is local, for which Ray would start a cluster"):
        require_answer("ray")


class Failing:
    """Ray, which connects after so many faults."""

    exceptions = SimpleNamespace(RayError=KeyError)

    def __init__(self, *faults: Exception) -> None:
        self.faults, self.tried = list(faults), 0

    def init(self, **_: object) -> None:
        self.tried += 1
        if self.faults:
            raise self.faults.pop(0)

    def shutdown(self) -> None:
        pass


def test_a_server_for_clients_that_fails_to_start_a_process_is_asked_again() -> None:
    stillborn = RuntimeError("Traceback ... RuntimeError: Starting Ray client server failed. See ray_client.err")
    ray = Failing(stillborn, stillborn)
    ray_engine._connect(ray, "ray://HOST:1")
    assert ray.tried == 3
    with pytest.raises(InputError, match=r"ray://HOST:1 does not .*Starting Ray client server failed"):
        ray_engine._connect(Failing(*[stillborn] * 3), "ray://HOST:1")
    ray = Failing(KeyError("another version"), stillborn)
    with pytest.raises(InputError, match="another version"):
        ray_engine._connect(ray, "HOST:1")
    assert ray.tried == 1


def test_what_ray_says_of_a_lost_machine_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    def at_length(data: dict[str, Any], ignore_prefix: bool) -> None:  # noqa: FBT001 (as Ray's)
        raise AssertionError(data, ignore_prefix)

    worker = SimpleNamespace(print_to_stdstream=at_length)
    news = {"lines": ["Raylet is terminated. \x1b[31m" + "word " * 100 + "\n[state-dump] pages of it"], "is_err": False}
    with ray_engine._told_shortly(SimpleNamespace(_private=SimpleNamespace(worker=worker))):
        worker.print_to_stdstream(news, ignore_prefix=False)
    assert worker.print_to_stdstream is at_length  # of whoever uses Ray besides
    out, err = capsys.readouterr()
    assert out == ""  # where results go
    assert err.startswith("Ray: Raylet is terminated. ")
    assert err.endswith("...\n")
    assert err.count("\n") == 1
    assert "\x1b" not in err
    assert len(err) < 220
    with ray_engine._told_shortly(SimpleNamespace()):  # a version without it
        pass


def test_the_end_of_a_long_reason_is_told() -> None:
    assert "the cause)" in unreachable("HOST:1", RuntimeError("line " * 200 + "the cause"))


@pytest.mark.parametrize("told", ["(pid=7, ip=10.0.0.7, actor_id=a)", "pid: 7\n ip: 10.0.0.7"])
def test_why_a_worker_is_gone_is_said_with_its_machine(told: str) -> None:
    died = RuntimeError(f"ray::Worker.__init__() {told}\n  File x\nImportError: no such module\n")
    assert ray_engine._reason(died) == "RuntimeError: ImportError: no such module (on 10.0.0.7)"
    assert ray_engine._reason(RuntimeError("it is gone")) == "RuntimeError: it is gone"
