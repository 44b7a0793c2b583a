# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

# Ruby's net/http: posts each file that it is given, and prints the reply.
require "net/http"

uri = URI(ENV.fetch("TRAINLOOP_TEST_URL"))
headers = { "Authorization" => "Bearer #{ENV.fetch("TRAINLOOP_TEST_KEY")}", "Content-Type" => "application/json" }
ARGV.each do |file|
  reply = Net::HTTP.post(uri, File.binread(file), headers)
  puts "REPLY #{reply.code}", reply.body, "END"
end
