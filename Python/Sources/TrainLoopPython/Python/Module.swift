// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import CPython
import CTrainLoopSystem
import TrainLoopCore
import TrainLoopFront
import TrainLoopGuest

/// The extension module `_trainloop`: each function takes bytes or text from Python, hands them to the guest door and
/// returns; an argument of the wrong kind reads as empty, and nothing raises save for want of memory.
///
/// The holder of Python's interpreter lock owns the recorder; no function gives the lock away, so at a fork no other
/// thread is inside.
@c public func PyInit__trainloop() -> UnsafeMutablePointer<PyObject>? {
    let methods: [(name: StaticString, function: trainloop_method, summary: StaticString)] = [
        ("abi", abi, "abi() -> the version of these functions"),
        ("version", version, "version() -> the version of the package"),
        (
            "open", openRecorder,
            "open(config_path | None, data_folder | None) -> None, or what is wrong with the configuration"
        ),
        ("settings", settings, "settings() -> (data folder, log level 0 debug ... 4 off, configuration file | None)"),
        ("captures", captures, "captures(host, port) -> bool"),
        ("begin", begin, "begin(route, file | None, line) -> exchange"),
        (
            "request", request,
            "request(exchange, method, is_secure, host, port, target, [(name, value), ...]) -> bool: X-Trainloop-Tag is there"
        ),
        ("request_body", requestBody, "request_body(exchange, content)"),
        ("request_end", requestEnd, "request_end(exchange)"),
        ("response", response, "response(exchange, status, [(name, value), ...]) -> [content coding, ...] | None"),
        ("response_body", responseBody, "response_body(exchange, decoded content)"),
        ("response_lost", responseLost, "response_lost(exchange, byte count, reason)"),
        ("end", end, "end(exchange, kind, type, message)"),
        (
            "begin_wire", beginWire,
            "begin_wire(exchange, is_secure, host, port, tag | None): the request comes as bytes of HTTP/1.1"
        ),
        ("request_wire", requestWire, "request_wire(exchange, bytes)"),
        ("response_wire", responseWire, "response_wire(exchange, bytes) -> content still to be decoded | None"),
        ("response_codings", responseCodings, "response_codings(exchange) -> [content coding, ...] | None"),
        ("response_wire_end", responseWireEnd, "response_wire_end(exchange)"),
        ("is_whole", isWhole, "is_whole(exchange) -> bool: the response was whole by its own framing"),
        ("flush", flush, "flush()"),
        ("close", closeRecorder, "close()"),
        ("counts", counts, "counts() -> (seen, recorded, unparsed, truncated, dropped, lost_media)"),
        ("warning", warning, "warning() -> what is to be said of a loss | None"),
        ("keep_lines", keepLines, "keep_lines(bool)"),
        ("take_lines", takeLines, "take_lines() -> [line, ...]"),
    ]
    let table = trainloop_methods(methods.count)
    for (index, method) in methods.enumerated() {
        trainloop_set_method(
            table, index, text(method.name), method.function, text(method.summary))
    }
    return trainloop_make_module("_trainloop", "The guest door of TrainLoop for Swift.", table)
}

private func text(_ word: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(word.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// The one recorder of the process.
///
/// Touched by the holder of the interpreter lock only.
nonisolated(unsafe) private var recorder: GuestRecorder?

/// Counts the changes of the functions above that the Python files must follow.
private let abi: trainloop_method = { _, _, _ in PyLong_FromLong(3) }

private let version: trainloop_method = { _, _, _ in pythonText(TrainLoopVersion.text) }

// MARK: - The recorder

private let openRecorder: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    var folder = [CChar](repeating: 0, count: 4096)
    let length = max(0, Int(trainloop_working_directory(&folder, Int32(folder.count))))
    let workingDirectory = String(decoding: folder[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do throws(ConfigurationError) {
        var configuration = try CaptureConfiguration.load(
            path: arguments.optionalText(0), workingDirectory: workingDirectory
        ) { name in
            trainloop_variable(name).map { String(cString: $0) }
        }
        if let folder = arguments.optionalText(1) {
            configuration.dataFolder = absolutePath(folder, relativeTo: workingDirectory)
        }
        recorder?.close()
        recorder = GuestRecorder(configuration: configuration, by: "trainloop-python/\(TrainLoopVersion.text)")
        return trainloop_none()
    } catch {
        return pythonText(error.message)
    }
}

private let settings: trainloop_method = { _, _, _ in
    guard let configuration = recorder?.configuration else { return trainloop_none() }
    let level =
        switch configuration.logLevel {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        case .off: 4
        }
    return pythonTuple([
        pythonText(configuration.dataFolder), PyLong_FromLong(level),
        configuration.file.map { pythonText($0) } ?? trainloop_none(),
    ])
}

private let captures: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    let port = UInt16(truncatingIfNeeded: arguments.integer(1))
    return trainloop_bool(recorder?.captures(host: arguments.bytes(0), port: port) ?? false ? 1 : 0)
}

private let flush: trainloop_method = { _, _, _ in
    recorder?.flush()
    return trainloop_none()
}

private let closeRecorder: trainloop_method = { _, _, _ in
    recorder?.close()
    return trainloop_none()
}

private let counts: trainloop_method = { _, _, _ in
    let coverage = recorder?.coverage ?? Coverage()
    return pythonTuple(
        [
            coverage.seen, coverage.recorded, coverage.unparsed, coverage.truncated, coverage.dropped,
            coverage.lostMedia,
        ].map { PyLong_FromLong($0) })
}

private let warning: trainloop_method = { _, _, _ in
    recorder?.takeWarning().map { pythonText($0) } ?? trainloop_none()
}

private let keepLines: trainloop_method = { _, arguments, count in
    recorder?.keepsLines = Arguments(arguments, count).integer(0) != 0
    return trainloop_none()
}

private let takeLines: trainloop_method = { _, _, _ in
    pythonList((recorder?.takeLines() ?? []).map { pythonBytes($0) })
}

// MARK: - An exchange

private let begin: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    guard let recorder else { return trainloop_none() }
    let location = arguments.optionalText(1).map { (file: $0, line: String(arguments.integer(2))) }
    let exchange = recorder.begin(route: arguments.text(0), location: location)
    let pointer = Unmanaged.passRetained(exchange).toOpaque()
    guard
        let capsule = PyCapsule_New(
            pointer, nil,
            { capsule in
                // The host let go of the exchange without a word: what it held of the response was not read to its end.
                guard let pointer = PyCapsule_GetPointer(capsule, nil) else { return }
                let exchange = Unmanaged<GuestExchange>.fromOpaque(pointer).takeRetainedValue()
                if exchange.endsWithConnection { exchange.responseWireEnd() }
                exchange.end(.clientClosed)
            })
    else {
        Unmanaged<GuestExchange>.fromOpaque(pointer).release()
        return nil
    }
    return capsule
}

private let request: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    let head = RequestHead(
        method: arguments.bytes(1), isSecure: arguments.integer(2) != 0, host: arguments.bytes(3),
        port: UInt16(truncatingIfNeeded: arguments.integer(4)), target: arguments.bytes(5),
        fields: arguments.fields(6))
    arguments.exchange?.request(head)
    return trainloop_bool(HTTPFields(fields: head.fields)["x-trainloop-tag"] == nil ? 0 : 1)
}

private let requestBody: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    arguments.exchange?.requestBody(arguments.bytes(1))
    return trainloop_none()
}

private let requestEnd: trainloop_method = { _, arguments, count in
    Arguments(arguments, count).exchange?.requestEnd()
    return trainloop_none()
}

private let response: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    guard let exchange = arguments.exchange else { return trainloop_none() }
    exchange.response(
        ResponseHead(status: UInt16(truncatingIfNeeded: arguments.integer(1)), fields: arguments.fields(2)))
    return codings(of: exchange)
}

private let responseBody: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    arguments.exchange?.responseBody(arguments.bytes(1))
    return trainloop_none()
}

private let responseLost: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    arguments.exchange?.responseBodyLost(byteCount: arguments.integer(1), reason: arguments.text(2))
    return trainloop_none()
}

private let end: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    guard let exchange = arguments.exchange else { return trainloop_none() }
    switch arguments.integer(1) {
    case 0: exchange.end(.complete)
    case 1: exchange.end(.clientClosed)
    case 2: exchange.end(.serverClosed)
    case 3: exchange.end(.networkFailed(type: arguments.text(2), message: arguments.text(3)))
    default: exchange.end(.captureFailed(message: arguments.text(3)))
    }
    return trainloop_none()
}

// MARK: - HTTP/1.1 as on the wire

private let beginWire: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    let tag = arguments.optionalText(4).map { [HeaderField("X-Trainloop-Tag", $0)] } ?? []
    arguments.exchange?.beginRequestWire(
        isSecure: arguments.integer(1) != 0, host: arguments.bytes(2),
        port: UInt16(truncatingIfNeeded: arguments.integer(3)), extra: tag)
    return trainloop_none()
}

private let requestWire: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    if let exchange = arguments.exchange { arguments.withBytes(1) { exchange.requestWire($0) } }
    return trainloop_none()
}

private let responseWire: trainloop_method = { _, arguments, count in
    let arguments = Arguments(arguments, count)
    guard let exchange = arguments.exchange else { return trainloop_none() }
    var progress = GuestExchange.ResponseProgress.taken
    arguments.withBytes(1) { progress = exchange.responseWire($0) }
    if case .coded(let bytes) = progress { return pythonBytes(bytes) }
    return trainloop_none()
}

private let responseCodings: trainloop_method = { _, arguments, count in
    guard let exchange = Arguments(arguments, count).exchange else { return trainloop_none() }
    return codings(of: exchange)
}

private let responseWireEnd: trainloop_method = { _, arguments, count in
    Arguments(arguments, count).exchange?.responseWireEnd()
    return trainloop_none()
}

private let isWhole: trainloop_method = { _, arguments, count in
    trainloop_bool(Arguments(arguments, count).exchange?.isResponseWhole ?? false ? 1 : 0)
}

private func codings(of exchange: GuestExchange) -> UnsafeMutablePointer<PyObject>? {
    guard !exchange.responseCodings.isEmpty else { return trainloop_none() }
    return pythonList(exchange.responseCodings.map { pythonText(String(decoding: $0, as: UTF8.self)) })
}
