// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import ProgramSupport
import TrainLoop

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// URLSession: posts each file that it is given in each of its ways, and prints the replies.
@main struct URLSessionProgram {
    enum Way: CaseIterable {
        case data, upload, download, handler, delegate
    }

    static func main() async throws {
        let program = try TestProgram()
        try await program.run(ways(program.scenario)) { way, body in
            var request = URLRequest(url: program.url)
            request.httpMethod = "POST"
            request.setValue("Bearer \(program.key)", forHTTPHeaderField: "Authorization")
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.timeoutInterval = TimeInterval(program.patience)
            do {
                return program.isRecorded
                    ? try await recorded(way, request, body, program) : try await bare(way, request, body, program)
            } catch let error as URLError where program.scenario == .timeOut && error.code == .timedOut {
                return TestProgram.Reply(timedOut: "\(error.code)")
            } catch let error as URLError where program.scenario == .cancel && error.code == .cancelled {
                return TestProgram.Reply(cancelled: "\(error.code)")
            }
        }
    }

    private static func ways(_ scenario: TestProgram.Scenario) -> [Way] {
        switch scenario {
        case .inTurn, .together, .timeOut: Way.allCases
        // A task with a completion handler knows nothing of the caller's.
        case .cancel: [.data, .upload, .download, .delegate]
        case .largeBody: [.upload, .delegate]
        case .earlyBreak: [.delegate]
        }
    }

    private static func bare(
        _ way: Way, _ request: URLRequest, _ body: Data, _ program: TestProgram
    ) async throws -> TestProgram.Reply {
        var whole = request
        whole.httpBody = body
        let session = URLSession.shared
        switch way {
        case .data: return try await reply(session.data(for: whole))
        case .upload: return try await reply(session.upload(for: request, from: body))
        case .download: return try await reply(ofFile: session.download(for: whole))
        case .handler:
            return try await handled { session.dataTask(with: whole, completionHandler: $0).resume() }
        case .delegate:
            let delegate = StreamReader(isLeaving: program.scenario == .earlyBreak)
            let session = URLSession(configuration: .default, delegate: delegate, delegateQueue: nil)
            defer { session.finishTasksAndInvalidate() }
            return try await delegate.reply(of: session.dataTask(with: whole))
        }
    }

    private static func recorded(
        _ way: Way, _ request: URLRequest, _ body: Data, _ program: TestProgram
    ) async throws -> TestProgram.Reply {
        var whole = request
        whole.httpBody = body
        let session = URLSession.shared.capturing
        switch way {
        case .data: return try await reply(session.data(for: whole))  // CALL
        case .upload: return try await reply(session.upload(for: request, from: body))  // CALL
        case .download: return try await reply(ofFile: session.download(for: whole))  // CALL
        case .handler:
            return try await handled { session.dataTask(with: whole, completionHandler: $0).resume() }  // CALL
        case .delegate:
            let delegate = StreamReader(isLeaving: program.scenario == .earlyBreak)
            let session = CapturingURLSession(configuration: .default, delegate: delegate)
            defer { session.finishTasksAndInvalidate() }
            return try await delegate.reply(of: session.dataTask(with: whole))  // CALL
        }
    }

    private static func reply(_ loaded: (Data, URLResponse)) -> TestProgram.Reply {
        TestProgram.Reply(status: (loaded.1 as? HTTPURLResponse)?.statusCode ?? 0, body: loaded.0)
    }

    private static func reply(ofFile loaded: (URL, URLResponse)) throws -> TestProgram.Reply {
        reply((try Data(contentsOf: loaded.0), loaded.1))
    }

    /// Begins a task, and returns what its completion handler is given.
    private static func handled(
        _ begin: (@escaping @Sendable (Data?, URLResponse?, (any Error)?) -> Void) -> Void
    ) async throws -> TestProgram.Reply {
        try await withCheckedThrowingContinuation { continuation in
            begin { data, response, error in
                if let data, let response {
                    continuation.resume(returning: reply((data, response)))
                } else {
                    continuation.resume(throwing: error ?? URLError(.unknown))
                }
            }
        }
    }
}
