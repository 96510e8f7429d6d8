//! Errors of calls to AWS, in words.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// An error of a call in words: what AWS says, else what kept us from asking.
pub(crate) fn words<E: ProvideErrorMetadata + std::error::Error, R>(error: &SdkError<E, R>) -> String {
    if let Some(service) = error.as_service_error() {
        let code = service.code().unwrap_or("an error without a code");
        return match service.message() {
            Some(message) => format!("{code}: {message}"),
            None => code.to_owned(),
        };
    }
    match error {
        SdkError::TimeoutError(_) => "no answer in time".into(),
        SdkError::DispatchFailure(failure) => {
            let cause = failure.as_connector_error().map(|error| causes(error));
            format!("AWS cannot be reached: {}", cause.unwrap_or_else(|| "no reason given".into()))
        }
        SdkError::ConstructionFailure(_) => "the call cannot be made: are credentials and region set?".into(),
        _ => "the answer cannot be read".into(),
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words
}
