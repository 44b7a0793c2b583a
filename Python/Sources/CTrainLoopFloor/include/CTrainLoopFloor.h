// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors
//
// Nothing to call: CTrainLoopFloor.c stands in for functions of the C library.
