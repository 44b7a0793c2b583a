// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if os(Linux)
    import Foundation
    import Synchronization
    import Testing
    import TrainLoopTestSupport

    @testable import TrainLoopCommands

    @Suite struct ChildProcessTests {
        @Test func `what another thread opens while a child is started is not inherited`() async throws {
            let scratch = try TemporaryFolder()
            let isDone = Atomic(false)
            let thread = Thread {
                while !isDone.load(ordering: .relaxed) { close(open("/dev/null", O_RDONLY)) }
            }
            thread.start()
            defer { isDone.store(true, ordering: .relaxed) }
            let heritage = ProcessHeritage(environment: [], arguments: [], descriptors: [], ignoredSignals: [])
            let look = ["/bin/sh", "-c", #"ls /proc/self/fd > "$0""#, "\(scratch.path)/list"].map { Array($0.utf8) }
            for _ in 1...30 {
                let child = try ChildProcess.spawn(look, environment: heritage.environment, heritage: heritage)
                #expect(try await child.wait() == .status(0))
                #expect(scratch.read("list") == "0\n1\n2\n3\n")
            }
        }
    }
#endif
