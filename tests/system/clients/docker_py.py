"""Debian's python3-docker against an engine: what programs do with it. Usage: docker_py.py unix:///path/to/socket. Prints a line a step; ends at the first that is wrong."""
import io
import sys
import tarfile
import threading

import docker

client = docker.DockerClient(base_url=sys.argv[1], version="auto", timeout=60)
STEPS = []


def step(function):
    STEPS.append(function)
    return function


def same(found, wanted):
    assert found == wanted, "found %r, wanted %r" % (found, wanted)


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError("%s was not raised" % kind.__name__)


def tar_of(**files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name.replace("_", "."))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def sleeper(name, **more):
    more.setdefault("network_mode", "none")
    return client.containers.run("busybox", ["sleep", "1000"], name=name, detach=True, **more)


@step
def ping_version_info():
    assert client.ping()
    same(client.version()["ApiVersion"], client.api.version()["ApiVersion"])
    assert client.info()["Containers"] >= 0


@step
def run_gives_the_output():
    same(client.containers.run("busybox", ["echo", "bonjour"], remove=True, network_mode="none"), b"bonjour\n")
    same(client.containers.run("busybox", ["sh", "-c", "echo $A; pwd"], environment={"A": "b"}, working_dir="/tmp", remove=True, network_mode="none"), b"b\n/tmp\n")


@step
def a_failed_command_is_an_error():
    error = raises(docker.errors.ContainerError, lambda: client.containers.run("busybox", ["sh", "-c", "echo no >&2; exit 3"], remove=True, network_mode="none"))
    same((error.exit_status, error.stderr), (3, b"no\n"))
    same(client.containers.list(all=True), [])


@step
def what_is_not_there_is_not_found():
    raises(docker.errors.NotFound, lambda: client.containers.get("nobody"))
    raises(docker.errors.ImageNotFound, lambda: client.images.get("nothing"))
    raises(docker.errors.NotFound, lambda: client.volumes.get("nothing"))


@step
def the_life_of_a_container():
    container = client.containers.create("busybox", ["sleep", "1000"], name="py", labels={"course": "yes"}, network_mode="none")
    same(container.status, "created")
    container.start()
    container.reload()
    same(container.status, "running")
    same([c.name for c in client.containers.list(filters={"label": "course=yes"})], ["py"])
    container.rename("pyth")
    container.reload()
    same(container.name, "pyth")
    container.restart(timeout=0)
    container.reload()
    same(container.status, "running")
    container.kill()
    same(container.wait()["StatusCode"], 137)
    container.remove()


@step
def pause_and_unpause():
    container = sleeper("py")
    try:
        container.pause()
        container.reload()
        same(container.status, "paused")
        container.unpause()
    finally:
        container.remove(force=True)


@step
def exec_with_code_and_streams():
    container = sleeper("py")
    same(container.exec_run(["sh", "-c", "exit 7"]).exit_code, 7)
    same(container.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True).output, (b"out\n", b"err\n"))
    same(b"".join(container.exec_run(["echo", "streamed"], stream=True).output), b"streamed\n")
    assert any("sleep" in " ".join(row) for row in container.top()["Processes"])
    container.remove(force=True)


@step
def logs_and_attach():
    container = client.containers.create("busybox", ["sh", "-c", "echo one; sleep 1; echo two >&2"], name="py", network_mode="none")
    heard = []
    stream = container.attach(stream=True, logs=False)
    listener = threading.Thread(target=lambda: heard.extend(stream))
    listener.start()
    container.start()
    same(container.wait()["StatusCode"], 0)
    listener.join(20)
    same(b"".join(heard), b"one\ntwo\n")
    same(container.logs(), b"one\ntwo\n")
    same(container.logs(stdout=True, stderr=False), b"one\n")
    same(container.logs(tail=1), b"two\n")
    same(b"".join(container.logs(stream=True, follow=True)), b"one\ntwo\n")
    container.remove()


@step
def files_in_and_out():
    container = sleeper("py")
    assert container.put_archive("/tmp", tar_of(note_txt=b"bonjour"))
    same(container.exec_run(["cat", "/tmp/note.txt"]).output, b"bonjour")
    chunks, stat = container.get_archive("/tmp/note.txt")
    same((stat["name"], stat["size"]), ("note.txt", 7))
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        same(archive.extractfile("note.txt").read(), b"bonjour")
    assert {"Path": "/tmp/note.txt", "Kind": 1} in container.diff()
    container.remove(force=True)


@step
def commit_tag_history_save_load():
    container = client.containers.run("busybox", ["sh", "-c", "echo x > /x"], name="py", detach=True, network_mode="none")
    container.wait()
    image = container.commit("pyimage", "v1", message="made by hand")
    same(image.tags, ["pyimage:v1"])
    assert image.tag("other", "v2")
    assert image.history()[0]["Comment"] == "made by hand"
    archive = b"".join(image.save(named="pyimage:v1"))
    container.remove()
    client.images.remove("pyimage:v1")
    client.images.remove("other:v2")
    loaded = client.images.load(archive)
    same((loaded[0].id, loaded[0].tags), (image.id, ["pyimage:v1"]))
    same(client.containers.run("pyimage:v1", ["cat", "/x"], remove=True, network_mode="none"), b"x\n")
    client.images.remove("pyimage:v1")


@step
def build_with_its_log():
    context = tar_of(Dockerfile=b"ARG V=1\nFROM busybox AS a\nCOPY note.txt /note\nRUN cat /note > /copy\nFROM busybox\nCOPY --from=a /copy /copy\nLABEL l=m\nCMD cat /copy\n", note_txt=b"built")
    image, log = client.images.build(fileobj=io.BytesIO(context), custom_context=True, tag="pybuilt", rm=True, network_mode="none")
    same(image.tags, ["pybuilt:latest"])
    same(image.labels, {"l": "m"})
    assert any("Step 1/" in line.get("stream", "") for line in log)
    same(client.containers.run("pybuilt", remove=True, network_mode="none"), b"built")
    error = raises(docker.errors.BuildError, lambda: client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN exit 9\n"), network_mode="none"))
    assert "returned a non-zero code: 9" in error.msg, error.msg
    client.images.remove("pybuilt")
    client.images.prune()


@step
def volumes():
    volume = client.volumes.create("pyvol", labels={"a": "b"})
    same(volume.attrs["Labels"], {"a": "b"})
    client.containers.run("busybox", ["sh", "-c", "echo kept > /data/x"], volumes={"pyvol": {"bind": "/data", "mode": "rw"}}, remove=True, network_mode="none")
    same(client.containers.run("busybox", ["cat", "/data/x"], volumes={"pyvol": {"bind": "/data", "mode": "ro"}}, remove=True, network_mode="none"), b"kept\n")
    same([v.name for v in client.volumes.list(filters={"label": "a=b"})], ["pyvol"])
    volume.remove()


@step
def limits_stats_update():
    container = sleeper("py", mem_limit="64m", cpu_shares=512, pids_limit=50, cap_drop=["ALL"], security_opt=["no-new-privileges"], tmpfs={"/scratch": "size=1m"}, ulimits=[docker.types.Ulimit(name="nofile", soft=64, hard=64)])
    host = client.api.inspect_container("py")["HostConfig"]
    same((host["Memory"], host["CpuShares"], host["PidsLimit"], host["CapDrop"]), (64 << 20, 512, 50, ["ALL"]))
    same(container.exec_run(["sh", "-c", "ulimit -n"]).output, b"64\n")
    stats = container.stats(stream=False)
    assert stats["name"] == "/py" and "memory_stats" in stats and "cpu_stats" in stats
    container.update(mem_limit="128m", memswap_limit="256m")
    same(client.api.inspect_container("py")["HostConfig"]["Memory"], 128 << 20)
    container.remove(force=True)


@step
def restart_policy_and_health():
    container = sleeper("py", restart_policy={"Name": "on-failure", "MaximumRetryCount": 2}, healthcheck={"test": ["CMD", "true"], "interval": 200 * 1000 * 1000, "retries": 1})
    same(client.api.inspect_container("py")["HostConfig"]["RestartPolicy"], {"Name": "on-failure", "MaximumRetryCount": 2})
    for _ in range(100):
        if client.api.inspect_container("py")["State"]["Health"]["Status"] == "healthy":
            break
        container.exec_run(["sleep", "0.1"])
    same(client.api.inspect_container("py")["State"]["Health"]["Status"], "healthy")
    container.remove(force=True)


@step
def events_tell_it_in_order():
    import time
    since = int(time.time())
    client.containers.run("busybox", ["true"], name="pyevents", remove=True, network_mode="none")
    actions = [e["Action"] for e in client.events(since=since, until=int(time.time()) + 1, decode=True, filters={"container": "pyevents"})]
    kept = [a for a in actions if a in ("create", "attach", "start", "die", "destroy")]
    same([a for a in kept if a != "attach"], ["create", "start", "die", "destroy"])


@step
def disk_usage():
    usage = client.df()
    assert usage["LayersSize"] > 0 and any("busybox:latest" in (i.get("RepoTags") or []) for i in usage["Images"])


for one in STEPS:
    one()
    print("ok", one.__name__, flush=True)
print("done", len(STEPS))
