# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Puts the extension, which `make python` has built, into the wheel, and says truly where the wheel can run."""

import re
import sysconfig
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

EXTENSION = "trainloop_llm_logging/_trainloop.abi3.so"


class BuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        extension = Path(self.root, EXTENSION)
        if not extension.exists():
            raise FileNotFoundError(f"{extension} is not there: run `make python` first")
        build_data["pure_python"] = False
        build_data["artifacts"].append(EXTENSION)
        build_data["tag"] = f"cp39-abi3-{platform(extension.read_bytes())}"


def platform(library):
    """The platform tag: of Linux, the oldest C library that has all the symbols that the library asks for."""
    tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    if not tag.startswith("linux_"):
        return tag
    # No manylinux is older than 2.17, which all others of today include.
    floor = max([17, *(int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", library))])
    return tag.replace("linux_", f"manylinux_2_{floor}_", 1)
