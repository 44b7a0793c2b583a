# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

# curl: posts each file that it is given, and prints the reply.
set -eu
for body; do
    curl --silent --show-error --write-out '\n%{http_code}' "$TRAINLOOP_TEST_URL" \
        --header "Authorization: Bearer $TRAINLOOP_TEST_KEY" --header "Content-Type: application/json" \
        --data-binary "@$body" >"$HOME/reply"
    echo "REPLY $(tail -n 1 "$HOME/reply")"
    sed '$d' "$HOME/reply"
    echo END
done
