// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// Named as in the header. swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CTrainLoop
import TrainLoopCore
import TrainLoopGuest

@c @implementation
public func trainloop_exchange_begin(
    _ recorder: OpaquePointer?, _ route: UnsafePointer<CChar>?, _ routeCount: Int64,
    _ file: UnsafePointer<CChar>?, _ fileCount: Int64, _ line: Int64, _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    result?.pointee = nil
    guard let result, let recorder = recorderBehind(recorder), let route = text(route, routeCount), !route.isEmpty,
        let file = text(file, fileCount), line >= 0
    else { return .misuse }
    let exchange = recorder.begin(route: route, location: file.isEmpty ? nil : (file: file, line: String(line)))
    let handle = ExchangeHandle(exchange, of: recorder)
    result.pointee = OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
    return .ok
}

@c @implementation
public func trainloop_exchange_tag(_ exchange: OpaquePointer?, _ tag: UnsafePointer<CChar>?, _ count: Int64) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.form == .undecided }) { handle in
        guard let tag = bytes(tag, count) else { return .misuse }
        handle.extra = [HeaderField(name: Array("X-Trainloop-Tag".utf8), value: Array(tag))]
        return .ok
    }
}

@c @implementation
public func trainloop_exchange_request(
    _ exchange: OpaquePointer?, _ method: UnsafePointer<CChar>?, _ methodCount: Int64, _ isSecure: Int32,
    _ host: UnsafePointer<CChar>?, _ hostCount: Int64, _ port: Int32,
    _ target: UnsafePointer<CChar>?, _ targetCount: Int64,
    _ requestFields: UnsafePointer<trainloop_field>?, _ fieldCount: Int64
) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.form == .undecided }) { handle in
        guard let method = bytes(method, methodCount), let host = hostName(host, hostCount),
            let port = UInt16(exactly: port), let target = bytes(target, targetCount),
            let fields = fields(requestFields, fieldCount)
        else { return .misuse }
        handle.form = .content
        handle.exchange.request(
            RequestHead(
                method: Array(method), isSecure: isSecure != 0, host: host, port: port, target: Array(target),
                fields: handle.extra + fields))
        return .ok
    }
}

@c @implementation
public func trainloop_exchange_request_body(
    _ exchange: OpaquePointer?, _ content: UnsafeRawPointer?, _ count: Int64
) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.takesRequestBody }) { handle in
        guard let content = bytes(content, count) else { return .misuse }
        handle.exchange.requestBody(Array(content))
        return .ok
    }
}

@c @implementation
public func trainloop_exchange_request_end(_ exchange: OpaquePointer?) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.takesRequestBody }) { handle in
        handle.hasRequestEnded = true
        handle.exchange.requestEnd()
        return .ok
    }
}

@c @implementation
public func trainloop_exchange_response(
    _ exchange: OpaquePointer?, _ status: Int32, _ responseFields: UnsafePointer<trainloop_field>?, _ fieldCount: Int64
) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.takesResponse }) { handle in
        guard status == 101 || 200...999 ~= status, let fields = fields(responseFields, fieldCount) else {
            return .misuse
        }
        handle.hasResponse = true
        handle.exchange.response(ResponseHead(status: UInt16(status), fields: fields))
        return handle.exchange.responseCodings.isEmpty ? .ok : .coded
    }
}

@c @implementation
public func trainloop_exchange_response_codings(
    _ exchange: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int64
) -> Int32 {
    guard let handle = ExchangeHandle.handle(exchange) else { return .misuse }
    let names = handle.exchange.responseCodings.joined(separator: [UInt8(ascii: ","), UInt8(ascii: " ")])
    return write(String(decoding: Array(names), as: UTF8.self), to: text, capacity)
}

@c @implementation
public func trainloop_exchange_response_body(
    _ exchange: OpaquePointer?, _ content: UnsafeRawPointer?, _ count: Int64
) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.takesResponseBody }) { handle in
        guard let content = bytes(content, count) else { return .misuse }
        handle.exchange.responseBody(Array(content))
        return .ok
    }
}

@c @implementation
public func trainloop_exchange_response_lost(
    _ exchange: OpaquePointer?, _ count: Int64, _ reason: UnsafePointer<CChar>?, _ reasonCount: Int64
) -> Int32 {
    ExchangeHandle.report(exchange, when: { $0.takesResponseBody }) { handle in
        guard let count = Int(exactly: count), count > 0, let reason = text(reason, reasonCount) else { return .misuse }
        handle.exchange.responseBodyLost(byteCount: count, reason: reason)
        return .ok
    }
}

@c @implementation
public func trainloop_exchange_end(
    _ exchange: OpaquePointer?, _ how: Int32, _ type: UnsafePointer<CChar>?, _ typeCount: Int64,
    _ message: UnsafePointer<CChar>?, _ messageCount: Int64
) -> Int32 {
    ExchangeHandle.report(exchange, when: { _ in true }) { handle in
        guard let type = text(type, typeCount), let message = text(message, messageCount),
            let end = ExchangeEnd(how, type: type, message: message)
        else { return .misuse }
        return handle.settle { handle.exchange.end(end) }
    }
}

@c @implementation
public func trainloop_exchange_free(_ exchange: OpaquePointer?) -> Int32 {
    guard let exchange else { return .ok }
    let handle = Unmanaged<ExchangeHandle>.fromOpaque(UnsafeRawPointer(exchange)).takeRetainedValue()
    guard !handle.isForked else { return .ok }
    return handle.settle {
        if handle.exchange.endsWithConnection { handle.exchange.responseWireEnd() }
        handle.exchange.end(.clientClosed)
    }
}

extension ExchangeEnd {
    fileprivate init?(_ how: Int32, type: String, message: String) {
        switch Int(how) {
        case Int(TRAINLOOP_COMPLETE): self = .complete
        case Int(TRAINLOOP_CLIENT_CLOSED): self = .clientClosed
        case Int(TRAINLOOP_SERVER_CLOSED): self = .serverClosed
        case Int(TRAINLOOP_NETWORK_FAILED): self = .networkFailed(type: type, message: message)
        case Int(TRAINLOOP_CAPTURE_FAILED): self = .captureFailed(message: message)
        default: return nil
        }
    }
}
