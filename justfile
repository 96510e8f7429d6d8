# Chores, one line each.

# List them
default:
    @just --list

# What the CI runs
ci:
    .ci/run

# Format, lint, test
check:
    cargo fmt --all && cargo clippy --workspace --all-targets -- -D warnings && cargo test --workspace

# Write the generated JSON Schemas
schemas:
    CROSSDOCK_BLESS=1 cargo test -p crossdock-engine --test schemas

# Write the generated reference
docs:
    CROSSDOCK_BLESS=1 cargo test -p crossdock --test docs generated

# Compare with recorded exchanges: files or folders of them
compare *paths="tests/recordings":
    cargo run -q -p crossdock-tests --bin compare -- {{paths}}

# Accept changed snapshots
bless:
    INSTA_UPDATE=always cargo test --workspace

# Measure
bench:
    cargo bench -p crossdock-tests
    cargo bench -p crossdock-lambda

# The main job
demo:
    cargo run -p crossdock -- demo
