// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// Named as in the header. swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CTrainLoop
import CTrainLoopSystem
import TrainLoopCore
import TrainLoopFront
import TrainLoopGuest

// What each function takes, gives and promises is said in trainloop.h, which the compiler holds these declarations to.

@c @implementation
public func trainloop_abi_version() -> Int32 { TRAINLOOP_ABI_VERSION }

@c @implementation
public func trainloop_recorder_open(
    _ path: UnsafePointer<CChar>?, _ pathCount: Int64, _ by: UnsafePointer<CChar>?, _ byCount: Int64,
    _ result: UnsafeMutablePointer<OpaquePointer?>?, _ reason: UnsafeMutablePointer<CChar>?, _ reasonCapacity: Int64
) -> Int32 {
    func refuse(_ code: Int32, _ words: String) -> Int32 {
        _ = write(words, to: reason, reasonCapacity)
        return code
    }
    result?.pointee = nil
    guard let result, let path = text(path, pathCount), let by = text(by, byCount), !by.isEmpty else {
        return refuse(.misuse, "The path, the name of who records or the place for the recorder is not as it must be.")
    }
    if let run = variable("TRAINLOOP_RUN"), run.utf8.elementsEqual("1".utf8) {
        return refuse(.underRun, "This program runs under `trainloop run`, which records its calls already.")
    }
    do throws(ConfigurationError) {
        let configuration = try CaptureConfiguration.load(
            path: path.isEmpty ? nil : path, workingDirectory: workingDirectory(), environment: variable)
        let recorder = GuestRecorder(configuration: configuration, by: by)
        result.pointee = OpaquePointer(Unmanaged.passRetained(recorder).toOpaque())
        return .ok
    } catch {
        return refuse(.configuration, error.message)
    }
}

@c @implementation
public func trainloop_recorder_captures(
    _ recorder: OpaquePointer?, _ host: UnsafePointer<CChar>?, _ hostCount: Int64, _ port: Int32
) -> Int32 {
    guard let recorder = recorderBehind(recorder), let host = hostName(host, hostCount),
        let port = UInt16(exactly: port)
    else { return .misuse }
    return recorder.captures(host: host, port: port) ? 1 : 0
}

@c @implementation
public func trainloop_recorder_counts(
    _ recorder: OpaquePointer?, _ counts: UnsafeMutablePointer<trainloop_counts>?
) -> Int32 {
    let recorder = recorderBehind(recorder)
    let coverage = recorder?.coverage ?? Coverage()
    counts?.pointee = trainloop_counts(
        seen: Int64(coverage.seen), recorded: Int64(coverage.recorded), unparsed: Int64(coverage.unparsed),
        truncated: Int64(coverage.truncated), dropped: Int64(coverage.dropped),
        lost_media: Int64(coverage.lostMedia))
    return recorder == nil || counts == nil ? .misuse : .ok
}

@c @implementation
public func trainloop_recorder_warning(
    _ recorder: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int64
) -> Int32 {
    guard let recorder = recorderBehind(recorder), text != nil, capacity > 0 else { return .misuse }
    let isWanted =
        switch recorder.configuration.logLevel {
        case .debug, .info, .warning: true
        case .error, .off: false
        }
    return write(isWanted ? recorder.takeWarning() ?? "" : "", to: text, capacity)
}

@c @implementation
public func trainloop_recorder_flush(_ recorder: OpaquePointer?) -> Int32 {
    guard let recorder = recorderBehind(recorder) else { return .misuse }
    recorder.flush()
    return .ok
}

@c @implementation
public func trainloop_recorder_close(_ recorder: OpaquePointer?) -> Int32 {
    guard let recorder else { return .ok }
    let closed = Unmanaged<GuestRecorder>.fromOpaque(UnsafeRawPointer(recorder)).takeRetainedValue()
    let droppedCount = closed.coverage.dropped
    closed.close()
    return closed.coverage.dropped > droppedCount ? .lost : .ok
}

func recorderBehind(_ pointer: OpaquePointer?) -> GuestRecorder? {
    pointer.map { Unmanaged.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}

private func variable(_ name: String) -> String? { trainloop_variable(name).map { String(cString: $0) } }

private func workingDirectory() -> String {
    var folder = [CChar](repeating: 0, count: 4096)
    let length = max(0, Int(trainloop_working_directory(&folder, Int32(folder.count))))
    return String(decoding: folder[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
