// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

extension CallAssembler {
    /// Keeps what those members of an answer say beside their vectors, in the same shape: counts, flags, reasons.
    mutating func receiveWithoutVectors(_ body: JSONView, _ names: [StaticString]) {
        body.forEachMember { name, value in
            for word in names where name.isEqual(to: word) {
                var writer = JSONWriter(capacity: 256)
                guard Self.write(withoutVectors: value, to: &writer) else { continue }
                writer.take().withUnsafeBufferPointer { buffer in
                    if let view = JSONView(parsing: buffer) { receive(.other(name, view, in: .response)) }
                }
            }
        }
    }

    /// - Returns: false where nothing but vectors was there.
    private static func write(withoutVectors value: JSONView, to json: inout JSONWriter) -> Bool {
        var saysMore = false
        if value.isObject {
            json.beginObject()
            value.forEachMember { name, member in
                guard !isVector(member), !OtherMembers.isNothing(member) else { return }
                json.key(escaped: name)
                if write(withoutVectors: member, to: &json) { saysMore = true }
            }
            json.endObject()
        } else if value.isArray {
            json.beginArray()
            value.forEachElement { if write(withoutVectors: $0, to: &json) { saysMore = true } }
            json.endArray()
        } else {
            json.raw(value.bytes)
            saysMore = true
        }
        return saysMore
    }

    /// A list of numbers.
    private static func isVector(_ value: JSONView) -> Bool {
        var hasNumber = false
        if value.isArray { value.forEachElement { if $0.kind == .number { hasNumber = true } } }
        return hasNumber
    }
}
