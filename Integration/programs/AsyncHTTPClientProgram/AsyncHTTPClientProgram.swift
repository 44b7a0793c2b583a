// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import ProgramSupport
import TrainLoop
import TrainLoopAsyncHTTPClient

/// AsyncHTTPClient: posts each file that it is given in each of its ways, and prints the replies.
@main struct AsyncHTTPClientProgram {
    enum Way: CaseIterable {
        case async, asyncStream, future, delegate
    }

    static func main() async throws {
        let program = try TestProgram()
        try await program.run(ways(program.scenario)) { way, body in
            do {
                return program.isRecorded
                    ? try await recorded(way, body, program) : try await bare(way, body, program)
            } catch let error as HTTPClientError where program.scenario == .timeOut && error == .deadlineExceeded {
                return TestProgram.Reply(timedOut: error.shortDescription)
            } catch let error as HTTPClientError where program.scenario == .cancel && error == .cancelled {
                return TestProgram.Reply(cancelled: error.shortDescription)
            } catch let error as CancellationError where program.scenario == .cancel {
                return TestProgram.Reply(cancelled: "\(error)")
            }
        }
    }

    private static func ways(_ scenario: TestProgram.Scenario) -> [Way] {
        switch scenario {
        case .inTurn, .together, .timeOut: Way.allCases
        // A future has no handle to cancel by.
        case .cancel: [.async, .asyncStream, .delegate]
        case .largeBody: [.asyncStream, .delegate]
        case .earlyBreak: [.async, .asyncStream]
        }
    }

    private static func bare(
        _ way: Way, _ body: Data, _ program: TestProgram
    ) async throws -> TestProgram.Reply {
        let client = HTTPClient.shared
        switch way {
        case .async, .asyncStream:
            let request = asyncRequest(way, body, program)
            return try await reply(client.execute(request, deadline: deadline(program)), program)
        case .future:
            return reply(try await client.execute(request: request(body, program), deadline: deadline(program)).get())
        case .delegate:
            let request = try request(body, program)
            let delegate = ResponseAccumulator(request: request)
            let task = client.execute(request: request, delegate: delegate, deadline: deadline(program))
            return reply(try await response(of: task))
        }
    }

    private static func recorded(
        _ way: Way, _ body: Data, _ program: TestProgram
    ) async throws -> TestProgram.Reply {
        let client = HTTPClient.shared.capturing
        switch way {
        case .async, .asyncStream:
            let request = asyncRequest(way, body, program)
            return try await reply(client.execute(request, deadline: deadline(program)), program)  // CALL
        case .future:
            let future = client.execute(request: try request(body, program), deadline: deadline(program))  // CALL
            return reply(try await future.get())
        case .delegate:
            let request = try request(body, program)
            let delegate = ResponseAccumulator(request: request)
            let task = client.execute(request: request, delegate: delegate, deadline: deadline(program))  // CALL
            return reply(try await response(of: task))
        }
    }

    /// The response of a task that ends with that of the caller.
    private static func response(
        of task: HTTPClient.Task<HTTPClient.Response>
    ) async throws -> HTTPClient.Response {
        try await withTaskCancellationHandler {
            try await task.get()
        } onCancel: {
            task.cancel()
        }
    }

    private static func deadline(_ program: TestProgram) -> NIODeadline { .now() + .seconds(Int64(program.patience)) }

    private static func headers(_ program: TestProgram) -> HTTPHeaders {
        ["Authorization": "Bearer \(program.key)", "Content-Type": "application/json"]
    }

    private static func asyncRequest(_ way: Way, _ body: Data, _ program: TestProgram) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: program.url.absoluteString)
        request.method = .POST
        request.headers = headers(program)
        let buffer = ByteBuffer(bytes: body)
        let stream = AsyncStream { continuation in
            continuation.yield(buffer)
            continuation.finish()
        }
        request.body = way == .async ? .bytes(buffer) : .stream(stream, length: .known(Int64(body.count)))
        return request
    }

    private static func request(_ body: Data, _ program: TestProgram) throws -> HTTPClient.Request {
        try HTTPClient.Request(url: program.url, method: .POST, headers: headers(program), body: .bytes(body))
    }

    /// Reads a response as it comes.
    private static func reply(
        _ response: HTTPClientResponse, _ program: TestProgram
    ) async throws -> TestProgram.Reply {
        var bytes = ByteBuffer()
        for try await buffer in response.body {
            bytes.writeImmutableBuffer(buffer)
            if program.scenario == .earlyBreak, TestProgram.suffices(bytes.readableBytesView) {
                return TestProgram.Reply(status: Int(response.status.code), beginning: bytes.readableBytesView)
            }
        }
        return TestProgram.Reply(status: Int(response.status.code), body: bytes.readableBytesView)
    }

    private static func reply(_ response: HTTPClient.Response) -> TestProgram.Reply {
        TestProgram.Reply(status: Int(response.status.code), body: (response.body ?? ByteBuffer()).readableBytesView)
    }
}
