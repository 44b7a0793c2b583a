// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A delegate that counts the pieces of one task's body at a time.
final class PieceCounter: NSObject, URLSessionDataDelegate {
    private struct State {
        var count = 0
        var waiter: CheckedContinuation<Int, any Error>?
    }

    private let state = Mutex(State())

    /// Runs a task to its end.
    func count(_ task: () -> URLSessionDataTask) async throws -> Int {
        try await withCheckedThrowingContinuation { waiter in
            state.withLock { $0 = State(waiter: waiter) }
            task().resume()
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        state.withLock { $0.count += 1 }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let ended = state.withLock { state in
            defer { state.waiter = nil }
            return state
        }
        if let error { ended.waiter?.resume(throwing: error) } else { ended.waiter?.resume(returning: ended.count) }
    }
}
