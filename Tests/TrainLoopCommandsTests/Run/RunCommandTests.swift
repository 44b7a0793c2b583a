// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing

/// `trainloop run` as a wrapper: what the program and the one who started it notice of it.
@Suite(.serialized) struct RunCommandTests {
    private let scratch: ScratchFolder
    private static let lastLine = "trainloop: 0 exchanges seen, 0 recorded, 0 unparsed, 0 bypassed -> trainloop/data\n"

    init() throws {
        scratch = try ScratchFolder()
    }

    private func run(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> ProcessOutcome {
        var environment = environment
        environment["TMPDIR"] = scratch.url.path
        return try await Programs.run(
            [Programs.trainloop, "run"] + arguments, environment: environment, folder: scratch.url)
    }

    /// A shell's view, with `$TRAINLOOP` the program.
    private func shell(_ script: String) async throws -> ProcessOutcome {
        try await Programs.run(
            ["/bin/sh", "-c", script],
            environment: ["TRAINLOOP": Programs.trainloop, "TMPDIR": scratch.url.path], folder: scratch.url)
    }

    @Test(arguments: [
        ("exit 0", 0), ("exit 37", 37), ("kill -TERM $$", 128 + 15), ("kill -KILL $$", 128 + 9),
    ])
    func `the exit status is the program's own`(_ script: String, _ status: Int32) async throws {
        let outcome = try await run(["--", "/bin/sh", "-c", script])
        #expect(outcome.status == status)
        #expect(outcome.output == "")
        #expect(outcome.errors == Self.lastLine)
    }

    @Test func `a program that is not there or cannot be run is told as a shell tells it`() async throws {
        let absent = try await run(["--", "no-such-program"])
        #expect(absent.status == 127)
        #expect(absent.errors == "trainloop: no-such-program: command not found\n")
        let folder = try await run(["--", "/dev"])
        #expect(folder.status == 126)
        #expect(folder.errors == "trainloop: /dev: cannot be run: Permission denied\n")
    }

    @Test func `an empty data folder is refused, and the program not started`() async throws {
        let outcome = try await run(["--data-folder", "", "--", "/bin/echo", "started"])
        #expect((outcome.status, outcome.output) == (64, ""))
        #expect(outcome.errors.contains("--data-folder names no folder."), "\(outcome.errors)")
    }

    @Test func `a script that names no interpreter is the shell's, and one whose interpreter is not there is told`()
        async throws
    {
        for (name, text) in [("plain", "echo \"$1\"; exit 5\n"), ("lost", "#!/no/such/interpreter\n")] {
            try await Programs.write(text, to: scratch.url.appending(path: name))
        }
        let plain = try await run(["--quiet", "--", "./plain", "word"])
        #expect((plain.status, plain.output) == (5, "word\n"))
        // A folder of the same name is passed over, as the system does.
        let folder = scratch.url.appending(path: "first/plain")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = "\(scratch.url.path)/first:\(scratch.url.path):/usr/bin:/bin"
        let found = try await run(["--quiet", "--", "plain", "word"], ["PATH": path])
        #expect((found.status, found.output) == (5, "word\n"))
        let lost = try await run(["--", "./lost"])
        #expect(lost.status == 126)
        #expect(lost.errors == "trainloop: ./lost: cannot be run: its interpreter is not there\n")
    }

    @Test(arguments: [["--"], []])
    func `thousands of words reach the program`(separator: [String]) async throws {
        let words = (0..<5000).map { "--word=\($0)" } + ["--", "last"]
        let outcome = try await run(
            ["--quiet"] + separator + ["/bin/sh", "-c", #"echo $# "$1" "${5000}" "${5002}""#, "sh"] + words)
        #expect(outcome.output == "5002 --word=0 --word=4999 last\n", "\(outcome.errors)")
    }

    @Test func `a program's failure is told where the end of children is ignored`() async throws {
        let outcome = try await shell(
            #"bash -c "trap '' CHLD; exec \"$TRAINLOOP\" run --quiet -- sh -c 'sleep 2; exit 7'"; echo $?"#)
        #expect(outcome.output == "7\n")
    }

    #if os(Linux)
        @Test func `the proxy may open as many files as the system lets it, the program as many as without us`()
            async throws
        {
            // The program may begin before the proxy has its limit back.
            let isRaised = #"grep "Max open files *512 *512" /proc/$PPID/limits"#
            let look = "until \(isRaised) || [ $((n += 1)) = 3000 ]; do sleep 0.01; done"
            let outcome = try await shell(
                #"ulimit -Sn 256; ulimit -Hn 512; "$TRAINLOOP" run --quiet -- sh -c 'ulimit -Sn; \#(look)'"#)
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.first == "256", "\(outcome.errors)")
            #expect(lines.last?.hasPrefix("Max open files") ?? false)
        }

        @Test func `a program that gives up its user still finds what it is given`() async throws {
            guard geteuid() == 0 else { return }
            let outcome = try await run([
                "--quiet", "--", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c",
                "head -c 10 \"$SSL_CERT_FILE\"; ls \"$(dirname \"$SSL_CERT_FILE\")\" 2>/dev/null",
            ])
            #expect(outcome.output == "-----BEGIN", "\(outcome.errors)")
        }
    #endif

    @Test func `a file of roots that holds none is told before the program starts`() async throws {
        let outcome = try await run(["--upstream-ca", "/no/such.pem", "--", "echo", "started"])
        #expect(outcome.status == 125)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("--upstream-ca /no/such.pem: holds no certificates"), "\(outcome.errors)")
    }

    @Test func `a run that cannot be set up does not start the program`() async throws {
        let outcome = try await run(["--config", "absent.yaml", "--", "echo", "started"])
        #expect(outcome.status == 125)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("absent.yaml"))
    }

    @Test func `options before the program are ours, and all after it are the program's`() async throws {
        let dashes = try await run(["--tag", "a", "--", "echo", "--tag", "b", "--", "--help"])
        #expect(dashes.output == "--tag b -- --help\n")
        let plain = try await run(["--quiet", "echo", "--quiet", "--", "x"])
        #expect(plain.output == "--quiet -- x\n")
        #expect(plain.errors == "")
        #expect(try await run(["--nonsense", "--", "echo"]).status == 64)
        #expect(try await run(["--"]).status == 64)
        #expect(try await run([]).status == 64)
    }

    @Test func `input, output and errors are the program's, byte for byte`() async throws {
        let outcome = try await shell(
            #"printf 'in\0\377' | "$TRAINLOOP" run --quiet -- sh -c 'cat; printf "err\377" >&2' 2>errors | od -An -tx1"#
        )
        #expect(outcome.output.split(separator: " ").joined(separator: " ") == "69 6e 00 ff\n")
        let errors = try Data(contentsOf: scratch.url.appending(path: "errors"))
        #expect(Array(errors) == Array("err".utf8) + [0xff])
    }

    @Test func `words and variables that are not UTF-8 reach the program as they are`() async throws {
        let outcome = try await shell(
            #"""
            word=$(printf 'a\377b'); export ODD="$word"
            "$TRAINLOOP" run --quiet -- sh -c 'printf %s "$1$ODD"' sh "$word" | od -An -tx1
            """#)
        #expect(outcome.output == " 61 ff 62 61 ff 62\n")
    }

    @Test func `descriptors and ignored signals are inherited, and none of ours is`() async throws {
        try "five\n".write(to: scratch.url.appending(path: "words"), atomically: true, encoding: .utf8)
        // The last seven digits: above them are the C library's own signals.
        let look = #"""
            sed -n 's/^\(Sig[BIC][a-z]*\).*\(.......\)$/\1 \2/p' /proc/self/status; ls /proc/self/fd; cat <&5
            """#
        try look.write(to: scratch.url.appending(path: "look.sh"), atomically: true, encoding: .utf8)
        #if os(Linux)
            let outcome = try await shell(
                #"""
                trap '' HUP; exec 5<words
                sh look.sh; exec 5<words; echo ==; "$TRAINLOOP" run --quiet -- sh look.sh
                """#)
            let halves = outcome.output.split(separator: "==\n")
            #expect(halves.count == 2 && halves[0].contains("SigIgn 0000001") && halves[0].hasSuffix("five\n"))
            #expect(halves.first == halves.last, "\(outcome.errors)")
        #endif
    }

    @Test func `a signal sent to us reaches the program, once`() async throws {
        let program = try Programs.start(
            [
                Programs.trainloop, "run", "--quiet", "--", "/bin/sh", "-c",
                "trap 'echo got; exit 9' TERM; exec 3<&0; cat <&3 >/dev/null 2>&1 & echo ready; wait",
            ], environment: ["TMPDIR": scratch.url.path], folder: scratch.url)
        #expect(await program.output.lines { $0 == "ready" } == ["ready"])
        program.signal(SIGTERM)
        #expect(await program.output.text() == "got\n")
        #expect(await program.status() == 9)
    }

    @Test func `an interrupt sent to us alone ends the program, and we tell its end`() async throws {
        let program = try Programs.start(
            [Programs.trainloop, "run", "--", "/bin/sh", "-c", "echo ready; exec cat"],
            environment: ["TMPDIR": scratch.url.path], folder: scratch.url)
        #expect(await program.output.lines { $0 == "ready" } == ["ready"])
        program.signal(SIGINT)
        #expect(await program.status() == 128 + 2)
        #expect(await program.errors.text() == Self.lastLine)
    }

    @Test func `a program's group that signals itself is not signalled again by us`() async throws {
        let outcome = try await shell(
            #"setsid "$TRAINLOOP" run --quiet -- sh -c 'trap "echo got" USR1; kill -USR1 0; exit 4'; echo $?"#)
        #expect(outcome.output == "got\n4\n")
    }

    @Test func `a descendant that stays does not hold us, and the run's files go`() async throws {
        let outcome = try await shell(
            #"""
            "$TRAINLOOP" run --quiet -- sh -c 'sleep 600 >/dev/null 2>&1 & echo $! > pid; echo "$SSL_CERT_FILE"; exit 3'
            echo $?
            kill $(cat pid) && echo "was there"
            """#)
        #expect(outcome.output.hasPrefix(scratch.url.path + "/trainloop-run-"))
        #expect(outcome.output.hasSuffix("\n3\nwas there\n"))
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
        #expect(!left.contains { $0.hasPrefix("trainloop-run-") })
    }

    @Test func `the library to preload that is not there is told before the program starts`() async throws {
        // Linked, not copied: a file that was just written is busy while another test's child still holds it open.
        let lonely = Programs.products.appending(path: "lonely-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: lonely, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: lonely) }
        let copy = lonely.appending(path: "trainloop").path
        try FileManager.default.linkItem(atPath: Programs.trainloop, toPath: copy)
        let outcome = try await Programs.run([copy, "run", "--inject", "--", "echo", "x"], folder: scratch.url)
        #expect(outcome.status == 125)
        #expect(outcome.errors.contains("--inject"))
        #expect(outcome.output == "")
    }
}
