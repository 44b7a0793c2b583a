// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors
//
// What Swift cannot reach of the C library and the kernel, one header a subject.

#ifndef CTRAINLOOPSYSTEM_H
#define CTRAINLOOPSYSTEM_H

#include "DescriptorLimit.h"
#include "JournalFiles.h"
#include "PeerProcess.h"
#include "ProcessEnvironment.h"
#include "SignalRelay.h"
#include "WakeTimer.h"

#endif
