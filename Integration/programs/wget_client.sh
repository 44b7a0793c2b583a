# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

# wget: posts each file that it is given, and prints the reply.
cd "$HOME" || exit 1
for body; do
    wget --quiet --server-response --content-on-error --output-document=reply --post-file="$body" \
        --header="Authorization: Bearer $TRAINLOOP_TEST_KEY" --header="Content-Type: application/json" \
        "$TRAINLOOP_TEST_URL" 2>head
    echo "REPLY $(sed -n 's/^ *HTTP[^ ]* \([0-9]*\).*/\1/p' head | tail -n 1)"
    cat reply
    printf '\nEND\n'
done
