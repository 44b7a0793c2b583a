// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A function call whose arguments come in pieces: `{"jsonPath": "$.place.name", "stringValue": "Bos", "willContinue": true}`.
///
/// The arguments are put together when the call ends; paths are names and list positions.
///
/// Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
struct GeminiPartialCall: Sendable {
    let choice: Int64
    let slot: Int64
    private var leaves: [Leaf] = []
    private var byteCount = 0

    /// One value of the arguments and where it belongs.
    private struct Leaf: Sendable {
        let path: [UInt8]
        let steps: [Step]
        /// A string's characters, still escaped, or a JSON value.
        var value: [UInt8]
        let isString: Bool
    }

    private struct Step: Sendable {
        /// A member's name, still escaped, or the digits of a position.
        let name: [UInt8]
        let isPosition: Bool
    }

    /// More values, deeper paths and more bytes than arguments have.
    private static let leafLimit = 4096
    private static let depthLimit = 64
    private static let byteLimit = 1 << 20
    /// Calls that are open at once; one for each choice.
    static let countLimit = 64

    init(choice: Int64, slot: Int64) {
        self.choice = choice
        self.slot = slot
    }

    mutating func take(_ pieces: JSONView?) {
        pieces?.forEachElement { piece in
            guard let path = piece["jsonPath"]?.text else { return }
            if let text = piece["stringValue"]?.text {
                take(path, text.bytes, isString: true)
            } else if let value = piece["numberValue"] ?? piece["boolValue"] {
                take(path, value.bytes, isString: false)
            } else if piece["nullValue"] != nil {
                Array("null".utf8).withUnsafeBufferPointer { take(path, $0, isString: false) }
            }
        }
    }

    private mutating func take(_ path: JSONText, _ value: UnsafeBufferPointer<UInt8>, isString: Bool) {
        guard byteCount &+ value.count &+ path.count <= Self.byteLimit else { return }
        byteCount &+= value.count &+ path.count
        let key = path.copy
        // A string in pieces is the last one told, as a rule.
        if isString, let index = leaves.lastIndex(where: { $0.isString && $0.path == key }) {
            leaves[index].value.append(contentsOf: value)
            return
        }
        guard leaves.count < Self.leafLimit else { return }
        leaves.append(Leaf(path: key, steps: Self.steps(of: key), value: Array(value), isString: isString))
    }

    /// Tells the arguments that came.
    func tell(to call: inout CallAssembler) {
        guard !leaves.isEmpty else { return }
        var writer = JSONWriter(capacity: byteCount &+ 64)
        write(leaves[...], depth: 0, to: &writer)
        writer.take().withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer) else { return }
            call.receive(.raw(view, at: PartAddress(choice: choice, slot: slot)))
        }
    }

    // MARK: - From paths to a value

    /// The leaves of one container, which come one after the other.
    private func write(_ leaves: ArraySlice<Leaf>, depth: Int, to json: inout JSONWriter) {
        guard let first = leaves.first else { return }
        guard depth < first.steps.count else {
            if first.isString { json.string(escaped: first.value) } else { json.raw(first.value) }
            return
        }
        let isList = first.steps[depth].isPosition
        if isList { json.beginArray() } else { json.beginObject() }
        var rest = leaves
        while let next = rest.first, depth < next.steps.count {
            let step = next.steps[depth]
            // Members of one name are written together, wherever they came.
            let same = rest.filter { depth < $0.steps.count && $0.steps[depth].name == step.name }
            rest = rest.filter { !(depth < $0.steps.count && $0.steps[depth].name == step.name) }[...]
            if !isList {
                step.name.withUnsafeBufferPointer { buffer in
                    guard let base = buffer.baseAddress else { return json.key("") }
                    json.key(escaped: JSONText(start: base, count: buffer.count))
                }
            }
            write(same[...], depth: depth &+ 1, to: &json)
        }
        if isList { json.endArray() } else { json.endObject() }
    }

    /// `$.a.b[0]['c']` as its steps.
    private static func steps(of path: [UInt8]) -> [Step] {
        var steps: [Step] = []
        var index = path.first == UInt8(ascii: "$") ? 1 : 0
        while index < path.count, steps.count < depthLimit {
            let isBracket = path[index] == UInt8(ascii: "[")
            if isBracket || path[index] == UInt8(ascii: ".") { index &+= 1 }
            var name: [UInt8] = []
            var isQuoted = false
            while index < path.count {
                let byte = path[index]
                if isBracket ? byte == UInt8(ascii: "]") : byte == UInt8(ascii: ".") || byte == UInt8(ascii: "[") {
                    break
                }
                index &+= 1
                if isBracket, byte == UInt8(ascii: "'") { isQuoted = true } else { name.append(byte) }
            }
            if isBracket { index &+= 1 }
            steps.append(Step(name: name, isPosition: isBracket && !isQuoted))
        }
        return steps
    }
}
