//! Does what the plan says, and writes down each step before and after it is done.

pub mod journal;

use crate::{
    observe::{self, Look},
    plan::{Plan, Step},
    resource::{Address, Known, Outputs, Refusal, Request, Services},
};
use journal::{Entry, Journal, JournalError};
use serde_json::Value;

/// Told as it happens, for people who wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Making(String),
    Made(String),
    /// It was there already.
    Kept(String),
    Unmade(String),
    /// It had gone already, or goes away with what it belongs to.
    Gone(String),
}

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("{title} was not made")]
    Refused {
        title: String,
        step: Address,
        #[source]
        refusal: Refusal,
    },
    #[error("asking what is there already failed")]
    Looking(#[source] Refusal),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("{0} was made, and the service does not show it")]
    Vanished(String),
    #[error("{title} was not taken away")]
    NotUnmade {
        title: String,
        #[source]
        refusal: Refusal,
    },
}

/// Looks at each step first, so that what is there is not made twice: not on a second run, and not
/// after an answer that was lost. Steps that do not wait for each other go together.
pub fn apply(
    plan: &Plan,
    journal: &mut dyn Journal,
    services: &dyn Services,
    progress: &mut dyn FnMut(Progress),
) -> Result<Known, ApplyError> {
    if journal.entries().is_empty() {
        journal
            .write(Entry::Opened { version: journal::VERSION, tenant: plan.tenant.id.clone() })?;
    }
    let mut known = Known::new();
    while known.len() < plan.steps.len() {
        let ready = |it: &&Step| {
            !known.contains_key(&it.address) && it.after.iter().all(|it| known.contains_key(it))
        };
        let wave: Vec<&Step> = plan.steps.iter().filter(ready).collect();
        make(&wave, &mut known, journal, services, progress)?;
    }
    Ok(known)
}

fn make(
    wave: &[&Step],
    known: &mut Known,
    journal: &mut dyn Journal,
    services: &dyn Services,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), ApplyError> {
    let mut missing = Vec::new();
    for (step, found) in wave.iter().zip(looks(wave, known, services)?) {
        match found {
            Look::Found { outputs, answer }
                if step.resource.noun().differences(known, &answer).is_empty() =>
            {
                let ours =
                    journal::made(journal.entries()).into_iter().find(|it| it.step == step.address);
                let known_before = journal::known(journal.entries()).contains_key(&step.address);
                if ours.is_some_and(|it| it.outputs.is_none()) {
                    // It was asked for, and the answer was lost.
                    journal.write(Entry::Done {
                        step: step.address.clone(),
                        outputs: outputs.clone(),
                    })?;
                } else if !known_before {
                    journal.write(Entry::Kept {
                        step: step.address.clone(),
                        outputs: outputs.clone(),
                    })?;
                }
                known.insert(step.address.clone(), outputs);
                progress(Progress::Kept(step.resource.noun().title()));
            }
            Look::Found { answer, .. } => missing.push((*step, Some(answer))),
            Look::Absent { instead } => missing.push((*step, instead)),
            Look::Unknown => missing.push((*step, None)),
        }
    }
    let mut requests = Vec::new();
    for (step, current) in &missing {
        let request = step.resource.noun().make(known, current.as_ref());
        requests.push(request.expect("the plan puts a step after those it needs"));
        let before = current
            .as_ref()
            .and_then(|it| it.get("identity"))
            .map(|it| serde_json::json!({ "identity": it }));
        let resource = Box::new(step.resource.clone());
        journal.write(Entry::Started { step: step.address.clone(), resource, before })?;
        progress(Progress::Making(step.resource.noun().title()));
    }
    let mut refused = None;
    for ((step, _), answer) in missing.iter().zip(services.send_all(&requests)) {
        match outputs(step, answer, known, services) {
            Ok(outputs) => {
                journal
                    .write(Entry::Done { step: step.address.clone(), outputs: outputs.clone() })?;
                known.insert(step.address.clone(), outputs);
                progress(Progress::Made(step.resource.noun().title()));
            }
            // The others of the wave are on their way already, and their answers count.
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    refused.map_or(Ok(()), Err)
}

fn looks(wave: &[&Step], known: &Known, services: &dyn Services) -> Result<Vec<Look>, ApplyError> {
    let look = |it: &&Step| {
        it.resource.noun().look(known).expect("the plan puts a step after those it needs")
    };
    let requests: Vec<Request> = wave.iter().map(look).collect();
    let answers = services.send_all(&requests);
    let read = |(step, answer): (&&Step, _)| {
        observe::one(&step.resource, answer).map_err(ApplyError::Looking)
    };
    wave.iter().zip(answers).map(read).collect()
}

/// What the service tells of the thing it made; asked for again where the answer does not say.
fn outputs(
    step: &Step,
    answer: Result<Value, Refusal>,
    known: &Known,
    services: &dyn Services,
) -> Result<Outputs, ApplyError> {
    match answer {
        Ok(answer) if !answer.is_null() => return Ok(step.resource.noun().outputs(&answer)),
        Err(refusal) if !refusal.already_exists() => {
            let (title, step) = (step.resource.noun().title(), step.address.clone());
            return Err(ApplyError::Refused { title, step, refusal });
        }
        Ok(_) | Err(_) => {}
    }
    match looks(&[step], known, services)?.pop() {
        Some(Look::Found { outputs, .. }) => Ok(outputs),
        _ => Err(ApplyError::Vanished(step.resource.noun().title())),
    }
}

/// Takes away what the journal says workid made, newest first, and nothing else.
pub fn undo(
    journal: &mut dyn Journal,
    services: &dyn Services,
    progress: &mut dyn FnMut(Progress),
) -> Result<usize, ApplyError> {
    let mut made = journal::made(journal.entries());
    let mut known = journal::known(journal.entries());
    let mut unmade = 0;
    while let Some(it) = made.pop() {
        let noun = it.resource.noun();
        let title = noun.title();
        let outputs = match it.outputs {
            Some(outputs) => Some(outputs),
            // The answer was lost: whether it was made is for the service to say.
            None => {
                match noun.look(&known).map(|look| observe::one(&it.resource, services.send(&look)))
                {
                    Some(found) => match found.map_err(ApplyError::Looking)? {
                        Look::Found { outputs, .. } => Some(outputs),
                        Look::Absent { .. } | Look::Unknown => None,
                    },
                    None => None,
                }
            }
        };
        let request = outputs.and_then(|outputs| noun.unmake(&outputs, it.before.as_ref()));
        match request.map(|it| services.send(&it)) {
            None => progress(Progress::Gone(title)),
            Some(Err(refusal)) if refusal.is_absent() => progress(Progress::Gone(title)),
            Some(Err(refusal)) => return Err(ApplyError::NotUnmade { title, refusal }),
            Some(Ok(_)) => {
                unmade += 1;
                progress(Progress::Unmade(title));
            }
        }
        known.remove(&it.step);
        journal.write(Entry::Unmade { step: it.step })?;
    }
    Ok(unmade)
}
