// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import ServiceLifecycle
import TrainLoop

/// Keeps recording until the services that were started after it have ended, then writes what is left.
///
/// ```swift
/// try TrainLoop.collect()
/// let group = ServiceGroup(services: [TrainLoopService(), server], logger: logger)
/// ```
///
/// Name it first: a group ends its services in the reverse order.
public struct TrainLoopService: Service {
    /// A service for the calls of this process.
    public init() {}

    /// Waits for a graceful shutdown or the task's cancellation, and then for the disk.
    public func run() async throws {
        try? await gracefulShutdown()
        await TrainLoop.shutdown()
    }
}
