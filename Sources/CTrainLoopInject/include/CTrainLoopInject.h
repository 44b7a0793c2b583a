// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#ifndef CTRAINLOOPINJECT_H
#define CTRAINLOOPINJECT_H

// The library has no interface of its own: it stands before functions of the C library.

#endif
