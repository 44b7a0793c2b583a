// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#ifndef CTRAINLOOPSYSTEM_H
#define CTRAINLOOPSYSTEM_H

#include "ProcessEnvironment.h"
#include "SignalRelay.h"

#endif
