// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// Named as in the header. swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CTrainLoop
import TrainLoopGuest

@c @implementation
public func trainloop_exchange_begin_wire(
    _ exchange: OpaquePointer?, _ isSecure: Int32, _ host: UnsafePointer<CChar>?, _ hostCount: Int64, _ port: Int32
) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.form == .undecided }) { handle in
        guard let host = hostName(host, hostCount), let port = UInt16(exactly: port) else { return .misuse }
        handle.form = .wire
        handle.exchange.beginRequestWire(isSecure: isSecure != 0, host: host, port: port, extra: handle.extra)
        return .ok
    }
}

@c @implementation
public func trainloop_exchange_request_wire(
    _ exchange: OpaquePointer?, _ content: UnsafeRawPointer?, _ count: Int64
) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.form == .wire }) { handle in
        guard let content = bytes(content, count) else { return .misuse }
        handle.exchange.requestWire(content)
        return .ok
    }
}

@c @implementation
public func trainloop_exchange_response_wire(
    _ exchange: OpaquePointer?, _ content: UnsafeRawPointer?, _ count: Int64,
    _ coded: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ codedCount: UnsafeMutablePointer<Int64>?
) -> Int32 {
    coded?.pointee = nil
    codedCount?.pointee = 0
    guard let coded, let codedCount else { return .misuse }
    return ExchangeHandle.report(exchange, when: { $0.form == .wire }) { handle in
        guard let content = bytes(content, count) else { return .misuse }
        var progress = GuestExchange.ResponseProgress.taken
        let result = handle.settle { progress = handle.exchange.responseWire(content) }
        if case .coded(let bytes) = progress {
            let kept = handle.keep(bytes)
            coded.pointee = UnsafePointer(kept.baseAddress)
            codedCount.pointee = Int64(kept.count)
        }
        guard result == .ok else { return result }
        return handle.exchange.isResponseWhole ? .whole : .ok
    }
}

@c @implementation
public func trainloop_exchange_response_wire_end(_ exchange: OpaquePointer?) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.form == .wire }) { handle in
        handle.settle { handle.exchange.responseWireEnd() }
    }
}
