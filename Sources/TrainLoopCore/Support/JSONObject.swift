// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The members of an object, found in one walk.
///
/// For who looks for several of them: each walk of a view reads over all that the object holds. Valid as long as the view.
struct JSONObject {
    let view: JSONView
    private var members: [(name: JSONText, value: JSONView)] = []

    /// An object with more members is walked for each that is looked for, so that the list stays small.
    private static let memberLimit = 128

    init(_ view: JSONView) {
        self.view = view
        guard view.isObject else { return }
        members.reserveCapacity(16)
        view.forEachMember { name, value in
            if members.count <= Self.memberLimit { members.append((name, value)) }
        }
    }

    /// The last member of that name, or nil; nil too when this is no object.
    subscript(key: StaticString) -> JSONView? {
        guard members.count <= Self.memberLimit else { return view[key] }
        var index = members.count
        while index > 0 {
            index &-= 1
            if members[index].name.isEqual(to: key) { return members[index].value }
        }
        return nil
    }
}
