// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// A name to import and nothing else: the sources themselves are part of the one module TrainLoopABI (Package.swift).
