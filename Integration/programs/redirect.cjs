// For node without us: leads TLS connections of any host to the simulator's port, named by SIMULATOR_PORT.
const tls = require("node:tls");
const connect = tls.connect;
tls.connect = function (options, ...rest) {
  return connect.call(this, { ...options, servername: options.servername || options.host, host: "127.0.0.1", port: Number(process.env.SIMULATOR_PORT) }, ...rest);
};
