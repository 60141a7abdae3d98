//! Does what the plan says, and writes down each step before and after it is done.

pub mod journal;
pub mod preflight;

use crate::{
    observe::{self, Look},
    plan::{Plan, Step},
    resource::{
        Address, Answer, Known, NO_ANSWER, Outputs, Refusal, Remains, Request, Resource, Services,
    },
};
use journal::{Entry, Journal, JournalError, Made};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Something of the same name is there, and workid did not make it.
    Spared(String),
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
    #[error("{title} was not made: {why}")]
    InTheWay { title: String, why: String },
    #[error("asking what is there already failed")]
    Looking(#[source] Refusal),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("{0} waits for what is not made here")]
    Waits(String),
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
    let (known, lost) = Default::default();
    let mut making = Making { known, lost, journal, services, progress };
    while making.known.len() < plan.steps.len() {
        let known = &making.known;
        let ready = |it: &&Step| {
            !known.contains_key(&it.address) && it.after.iter().all(|it| known.contains_key(it))
        };
        let wave: Vec<&Step> = plan.steps.iter().filter(ready).collect();
        // Of a plan without what others make, some may wait for that.
        let waiting = || plan.steps.iter().find(|it| !known.contains_key(&it.address));
        if let (true, Some(step)) = (wave.is_empty(), waiting()) {
            return Err(ApplyError::Waits(step.resource.noun().title()));
        }
        making.wave(&wave)?;
    }
    Ok(making.known)
}

struct Making<'m> {
    known: Known,
    /// To what no answer came.
    lost: BTreeMap<Address, Refusal>,
    journal: &'m mut dyn Journal,
    services: &'m dyn Services,
    progress: &'m mut dyn FnMut(Progress),
}

impl Making<'_> {
    fn wave(&mut self, wave: &[&Step]) -> Result<(), ApplyError> {
        let missing = self.missing(wave)?;
        let mut requests = Vec::new();
        for (step, current) in &missing {
            requests.push(self.request(step, current.as_ref())?);
        }
        for (step, current) in &missing {
            let noun = step.resource.noun();
            let before = current.as_ref().and_then(|it| noun.remember(it));
            let resource = Box::new(step.resource.clone());
            self.journal.write(Entry::Started { step: step.address.clone(), resource, before })?;
            (self.progress)(Progress::Making(noun.title()));
        }
        let mut refused = None;
        let services = self.services;
        let mut answered = vec![false; missing.len()];
        let mut told = 0;
        services.send_each(&requests, &mut |at, answer| {
            // The others of the wave are on their way already, and their answers count.
            if let Err(error) = self.answered(missing[at].0, answer) {
                refused.get_or_insert(error);
            }
            // People are told in the order of the plan, in which the journal need not be.
            answered[at] = true;
            while answered.get(told) == Some(&true) {
                self.tell(missing[told].0);
                told += 1;
            }
        });
        refused.map_or(Ok(()), Err)?;
        // What the answers did not tell, or what was made and its answer was lost.
        let silent: Vec<&Step> = missing
            .iter()
            .map(|(step, _)| *step)
            .filter(|it| !self.known.contains_key(&it.address))
            .collect();
        let looked = looks(&silent, &self.known, self.services)?;
        for (step, look) in silent.into_iter().zip(looked) {
            match look {
                Look::Found { outputs, .. } => {
                    self.done(step, outputs)?;
                    self.tell(step);
                }
                _ => return Err(self.unanswered(step)),
            }
        }
        Ok(())
    }

    /// The steps that are still to be done, with what stands in their place.
    fn missing<'w>(
        &mut self,
        wave: &[&'w Step],
    ) -> Result<Vec<(&'w Step, Option<Value>)>, ApplyError> {
        let unanswered: BTreeSet<Address> = journal::made(self.journal.entries())
            .into_iter()
            .filter(|it| it.outputs.is_none())
            .map(|it| it.step)
            .collect();
        let told = journal::known(self.journal.entries());
        let mut missing = Vec::new();
        for (step, found) in wave.iter().zip(looks(wave, &self.known, self.services)?) {
            let noun = step.resource.noun();
            match found {
                Look::Found { outputs, answer }
                    if noun.differences(&self.known, &answer).is_empty() =>
                {
                    let (address, outputs_too) = (step.address.clone(), outputs.clone());
                    if unanswered.contains(&address) {
                        // It was asked for, and the answer was lost.
                        self.journal.write(Entry::Done { step: address, outputs: outputs_too })?;
                    } else if !told.contains_key(&address) {
                        self.journal.write(Entry::Kept { step: address, outputs: outputs_too })?;
                    }
                    self.known.insert(step.address.clone(), outputs);
                    (self.progress)(Progress::Kept(noun.title()));
                }
                Look::Found { answer, .. } => missing.push((*step, Some(answer))),
                Look::Absent { instead } => missing.push((*step, instead)),
                Look::Unknown => missing.push((*step, None)),
            }
        }
        Ok(missing)
    }

    fn request(&self, step: &Step, current: Option<&Value>) -> Result<Request, ApplyError> {
        let noun = step.resource.noun();
        if let Some(why) = current.and_then(|it| noun.obstacle(&self.known, it)) {
            return Err(ApplyError::InTheWay { title: noun.title(), why });
        }
        let request = noun.make(&self.known, current);
        Ok(request.expect("the plan puts a step after those it needs"))
    }

    /// Without a body, the answer says that it is done, and not what came of it.
    fn answered(&mut self, step: &Step, answer: Answer) -> Result<(), ApplyError> {
        let noun = step.resource.noun();
        match answer {
            Ok(answer) if !answer.is_null() => {
                let outputs = noun.outputs(&self.known, &answer);
                self.done(step, outputs)
            }
            Err(refusal) if refusal.code == NO_ANSWER => {
                self.lost.insert(step.address.clone(), refusal);
                Ok(())
            }
            Err(refusal) if !refusal.already_exists() => {
                let (title, step) = (noun.title(), step.address.clone());
                Err(ApplyError::Refused { title, step, refusal })
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn unanswered(&mut self, step: &Step) -> ApplyError {
        let title = step.resource.noun().title();
        match self.lost.remove(&step.address) {
            Some(refusal) => ApplyError::Refused { title, step: step.address.clone(), refusal },
            None => ApplyError::Vanished(title),
        }
    }

    fn done(&mut self, step: &Step, outputs: Outputs) -> Result<(), ApplyError> {
        let entry = Entry::Done { step: step.address.clone(), outputs: outputs.clone() };
        self.journal.write(entry)?;
        self.known.insert(step.address.clone(), outputs);
        Ok(())
    }

    /// That it was made, if it was.
    fn tell(&mut self, step: &Step) {
        if self.known.contains_key(&step.address) {
            (self.progress)(Progress::Made(step.resource.noun().title()));
        }
    }
}

fn looks(steps: &[&Step], known: &Known, services: &dyn Services) -> Result<Vec<Look>, ApplyError> {
    // The plan puts a step after those it needs.
    let resources: Vec<&Resource> = steps.iter().map(|it| &it.resource).collect();
    let answers = observe::ask(&resources, known, services);
    let read = |(step, answer): (&&Step, _)| {
        observe::one(&step.resource, known, answer).map_err(ApplyError::Looking)
    };
    steps.iter().zip(answers).map(read).collect()
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
        let title = it.resource.noun().title();
        let told = match remains(&it, &known, services)? {
            Left::Nothing => Progress::Gone(title),
            Left::AnotherOne => Progress::Spared(title),
            Left::Ours(request) => match services.send(&request) {
                Err(refusal) if refusal.is_absent() => Progress::Gone(title),
                Err(refusal) => return Err(ApplyError::NotUnmade { title, refusal }),
                Ok(_) => {
                    unmade += 1;
                    Progress::Unmade(title)
                }
            },
        };
        progress(told);
        known.remove(&it.step);
        journal.write(Entry::Unmade { step: it.step })?;
    }
    Ok(unmade)
}

/// What is left of a thing that workid made.
enum Left {
    Nothing,
    /// Something of the same name, which somebody else made since.
    AnotherOne,
    Ours(Request),
}

fn remains(made: &Made, known: &Known, services: &dyn Services) -> Result<Left, ApplyError> {
    let noun = made.resource.noun();
    let Some(look) = noun.look(known) else { return Ok(Left::Nothing) };
    let found = observe::one(&made.resource, known, services.send(&look));
    let Look::Found { outputs, answer } = found.map_err(ApplyError::Looking)? else {
        return Ok(Left::Nothing);
    };
    // Where the answer was lost, what is there is what was asked for.
    let ours = made.outputs.as_ref().unwrap_or(&outputs);
    if *ours != outputs {
        return Ok(Left::AnotherOne);
    }
    let remains = Remains { outputs: ours, before: made.before.as_ref(), current: Some(&answer) };
    Ok(noun.unmake(&remains).map_or(Left::Nothing, Left::Ours))
}
