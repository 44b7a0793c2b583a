// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// The module that node loads before a program (`NODE_OPTIONS`), for clients that obey no proxy variable.
///
/// node 20 and 22 know none, and in later ones a program may bring its own agent. The module leads TLS connections for
/// captured hosts to the proxy's port, where the server name in their first bytes says where to. It leaves alone: other
/// hosts and ports, connections over a socket that is there already (a proxy's tunnel), and those that speak only
/// HTTP/2, which the proxy does not.
package enum NodeHook {
    /// The text of the module.
    ///
    /// - Parameter hosts: patterns with a port other than 443 have no effect.
    package static func source(hosts: [HostPattern], port: Int) -> String {
        let patterns = hosts.compactMap { regularExpression($0.text) }
        return """
            'use strict';
            // Written by trainloop run; it is removed when the run ends.
            try {
              const tls = require('tls');
              const net = require('net');
              const hosts = /^(?:\(patterns.isEmpty ? "(?!)" : patterns.joined(separator: "|")))$/i;
              const connect = tls.connect;
              const speaksOnlyHTTP2 = (protocols) => {
                if (!protocols) return false;
                const names = Array.isArray(protocols) ? protocols.map(String) : [String(protocols)];
                return !names.some((name) => name.includes('http/1.1'));
              };
              const redirected = (given) => {
                const args = [...given];
                const callback = typeof args[args.length - 1] === 'function' ? args.pop() : undefined;
                const options = {};
                if (args[0] !== null && typeof args[0] === 'object') Object.assign(options, args[0]);
                else if (!Number.isNaN(Number(args[0]))) {
                  options.port = args[0];
                  if (typeof args[1] === 'string') options.host = args[1];
                  const last = args[args.length - 1];
                  if (last !== null && typeof last === 'object') Object.assign(options, last);
                } else return null;
                const name = options.host;
                if (options.socket || options.path || Number(options.port) !== 443) return null;
                if (options.servername && options.servername !== name) return null;
                if (typeof name !== 'string' || net.isIP(name) || !hosts.test(name)) return null;
                if (speaksOnlyHTTP2(options.ALPNProtocols)) return null;
                Object.assign(options, { host: '127.0.0.1', port: \(port), servername: name });
                delete options.lookup;
                return callback ? [options, callback] : [options];
              };
              tls.connect = function (...args) {
                let changed = null;
                try { changed = redirected(args); } catch { /* then as the program has it */ }
                return connect.apply(this, changed || args);
              };
              require('module').syncBuiltinESMExports();
            } catch { /* the program comes first */ }

            """
    }

    /// The value of `NODE_OPTIONS` that loads `path` after what `inherited` has.
    ///
    /// node takes double quotes around what has spaces, and a backslash before a quote or a backslash in them.
    package static func options(loading path: String, inherited: String?) -> String {
        let escaped = path.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        let option = "--require \"\(escaped)\""
        guard let inherited, !inherited.isEmpty else { return option }
        return "\(inherited) \(option)"
    }

    /// The pattern as the inside of a JavaScript regular expression; nil when it names a port other than 443.
    static func regularExpression(_ pattern: String) -> String? {
        var text = pattern[...]
        if let colon = text.lastIndex(of: ":") {
            guard text[colon...] == ":443" else { return nil }
            text = text[..<colon]
        }
        let leadsWithLabels = text.hasPrefix("*.")
        if leadsWithLabels { text = text.dropFirst(2) }
        let rest = text.map { character in
            switch character {
            case "*": "[^.]+"
            case "a"..."z", "0"..."9", "-", "_": String(character)
            case ".": "\\."
            default: "(?!)"
            }
        }
        return (leadsWithLabels ? "(?:[^.]+\\.)+" : "") + rest.joined()
    }
}
