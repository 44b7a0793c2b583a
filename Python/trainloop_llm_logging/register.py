# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Where TrainLoop 0.9 has its public functions: programs that import them from here run unchanged."""

from . import HEADER_NAME, collect, flush, trainloop_tag

__all__ = ["HEADER_NAME", "collect", "flush", "trainloop_tag"]
