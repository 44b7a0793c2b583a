// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CPython
import TrainLoopCore
import TrainLoopGuest

typealias Object = UnsafeMutablePointer<PyObject>

/// The arguments of a call from Python, read by their place.
///
/// What is missing or of another kind reads as empty or 0.
struct Arguments {
    private let objects: UnsafePointer<Object?>?
    private let count: Int

    init(_ objects: UnsafePointer<Object?>?, _ count: Int) {
        self.objects = objects
        self.count = count
    }

    private func object(_ index: Int) -> Object? { index < count ? objects?[index] : nil }

    /// The exchange, which is always the first.
    var exchange: GuestExchange? {
        guard let capsule = object(0), PyCapsule_IsValid(capsule, nil) != 0,
            let pointer = PyCapsule_GetPointer(capsule, nil)
        else { return nil }
        return Unmanaged<GuestExchange>.fromOpaque(pointer).takeUnretainedValue()
    }

    func integer(_ index: Int) -> Int {
        guard let object = object(index) else { return 0 }
        let value = PyLong_AsLong(object)
        if value == -1 { PyErr_Clear() }
        return value
    }

    func withBytes(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        if let object = object(index) { Self.withBytes(of: object, body) }
    }

    func bytes(_ index: Int) -> [UInt8] {
        guard let object = object(index) else { return [] }
        return Self.bytes(of: object)
    }

    func text(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }

    func optionalText(_ index: Int) -> String? {
        guard let object = object(index), trainloop_is_none(object) == 0 else { return nil }
        return text(index)
    }

    /// The header fields in a list of pairs.
    func fields(_ index: Int) -> [HeaderField] {
        guard let list = object(index) else { return [] }
        var fields: [HeaderField] = []
        let count = PyList_Size(list)
        guard count > 0 else {
            PyErr_Clear()
            return []
        }
        fields.reserveCapacity(count)
        for position in 0..<count {
            guard let pair = PyList_GetItem(list, position), PyTuple_Size(pair) == 2,
                let name = PyTuple_GetItem(pair, 0), let value = PyTuple_GetItem(pair, 1)
            else {
                PyErr_Clear()
                continue
            }
            fields.append(HeaderField(name: Self.bytes(of: name), value: Self.bytes(of: value)))
        }
        return fields
    }

    private static func bytes(of object: Object) -> [UInt8] {
        var bytes: [UInt8] = []
        withBytes(of: object) { bytes = Array($0) }
        return bytes
    }

    private static func withBytes(of object: Object, _ body: (UnsafeRawBufferPointer) -> Void) {
        if trainloop_is_bytes(object) != 0 {
            body(content(of: object))
        } else if trainloop_is_text(object) != 0 {
            // What is not valid Unicode, such as a lone surrogate, is passed on as it is.
            guard let encoded = PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass") else {
                return PyErr_Clear()
            }
            body(content(of: encoded))
            trainloop_release(encoded)
        }
    }

    private static func content(of bytes: Object) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: PyBytes_AsString(bytes), count: PyBytes_Size(bytes))
    }
}

// MARK: - To Python

func pythonText(_ text: String) -> Object? {
    var text = text
    return text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { PyUnicode_DecodeUTF8($0.baseAddress, $0.count, "replace") }
    }
}

func pythonBytes(_ bytes: [UInt8]) -> Object? {
    bytes.withUnsafeBytes { buffer in
        PyBytes_FromStringAndSize(buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
    }
}

/// A tuple that takes over its elements; nil, with Python's error set, when one of them is nil.
func pythonTuple(_ elements: [Object?]) -> Object? {
    guard let tuple = PyTuple_New(elements.count) else { return nil }
    for (index, element) in elements.enumerated() { PyTuple_SetItem(tuple, index, element) }
    return tuple
}

/// A list that takes over its elements.
func pythonList(_ elements: [Object?]) -> Object? {
    guard let list = PyList_New(elements.count) else { return nil }
    for (index, element) in elements.enumerated() { PyList_SetItem(list, index, element) }
    return list
}
