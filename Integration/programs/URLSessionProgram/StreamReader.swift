// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import ProgramSupport
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A delegate that reads one stream as it comes.
final class StreamReader: NSObject, URLSessionDataDelegate {
    private struct State {
        var data = Data()
        var ended: CheckedContinuation<TestProgram.Reply, any Error>?
    }

    private let state = Mutex(State())
    private let isLeaving: Bool

    /// - Parameter isLeaving: whether the stream is cancelled after its first lines.
    init(isLeaving: Bool) {
        self.isLeaving = isLeaving
    }

    func reply(of task: URLSessionDataTask) async throws -> TestProgram.Reply {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0.ended = continuation }
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let hasEnough = state.withLock { state in
            state.data += data
            return isLeaving && TestProgram.suffices(state.data)
        }
        if hasEnough { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let (data, ended) = state.withLock { ($0.data, $0.ended) }
        let status = (task.response as? HTTPURLResponse)?.statusCode ?? 0
        if isLeaving, (error as? URLError)?.code == .cancelled {
            ended?.resume(returning: TestProgram.Reply(status: status, beginning: data))
        } else if let error {
            ended?.resume(throwing: error)
        } else {
            ended?.resume(returning: TestProgram.Reply(status: status, body: data))
        }
    }
}
