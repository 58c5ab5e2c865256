//! Gives every thing one place for the whole run, so that only what really moves is seen to move.
//!
//! Gardens go in as the states have them, and come out all of one shape: the same posts, branches and beds in the same
//! order in every frame, with `None` where something is not there yet or no longer. A Pod takes the first free place of
//! its bed and keeps it until it is gone.

use super::{Bed, Garden, PodPicture, Post, Stake};
use std::collections::BTreeMap;

/// Settles the gardens of a run, in order of time.
pub(super) fn settle(gardens: &mut [Garden]) {
    let posts = PostPlaces::of(gardens);
    let mut beds: Vec<String> = Vec::new();
    for bed in gardens.iter().flat_map(|garden| garden.beds.iter().flatten()) {
        if !beds.contains(&bed.name) {
            beds.push(bed.name.clone());
        }
    }
    beds.sort();
    let mut tray = Plot::default();
    let mut plots: BTreeMap<String, Plot> = BTreeMap::new();
    for garden in gardens.iter_mut() {
        posts.settle(garden);
        garden.tray = tray.settle(std::mem::take(&mut garden.tray));
        let mut found: Vec<Option<Bed>> = std::mem::take(&mut garden.beds);
        for bed in found.iter_mut().flatten() {
            let plot = plots.entry(bed.name.clone()).or_default();
            bed.pods = plot.settle(std::mem::take(&mut bed.pods));
            plot.taints = plot.taints.max(bed.taints.len());
        }
        garden.beds = beds
            .iter()
            .map(|name| {
                let at = found.iter().position(|bed| bed.as_ref().is_some_and(|bed| bed.name == *name));
                at.and_then(|at| found[at].take())
            })
            .collect();
    }
    let places = plots.values().map(|plot| plot.width).max().unwrap_or(0);
    for garden in gardens {
        garden.places = places;
        garden.tray.resize(tray.width, None);
        for bed in garden.beds.iter_mut().flatten() {
            bed.pods.resize(places, None);
            bed.taint_room = plots.get(&bed.name).map_or(0, |plot| plot.taints);
        }
    }
}

/// The places of one bed, or of the tray.
#[derive(Default)]
struct Plot {
    /// Who stands where, by uid.
    taken: Vec<Option<String>>,
    /// The most places ever taken.
    width: usize,
    /// The most taints that the bed ever has.
    taints: usize,
}

impl Plot {
    fn settle(&mut self, pods: Vec<Option<PodPicture>>) -> Vec<Option<PodPicture>> {
        let pods: Vec<PodPicture> = pods.into_iter().flatten().collect();
        for place in &mut self.taken {
            place.take_if(|uid| !pods.iter().any(|pod| pod.uid == *uid));
        }
        let mut places: Vec<Option<PodPicture>> = vec![None; self.taken.len()];
        for pod in pods {
            let kept = self.taken.iter().position(|uid| uid.as_ref() == Some(&pod.uid));
            let place = kept.or_else(|| self.taken.iter().position(Option::is_none)).unwrap_or_else(|| {
                self.taken.push(None);
                places.push(None);
                places.len() - 1
            });
            self.taken[place] = Some(pod.uid.clone());
            places[place] = Some(pod);
        }
        self.width = self.width.max(places.len());
        places
    }
}

/// All workloads of a run: owners, and what each owns, by uid, in order of appearance.
struct PostPlaces(Vec<(String, Vec<String>)>);

impl PostPlaces {
    fn of(gardens: &[Garden]) -> PostPlaces {
        let mut posts: Vec<(String, Vec<String>)> = Vec::new();
        for post in gardens.iter().flat_map(|garden| &garden.posts) {
            let Some(stake) = &post.stake else { continue };
            let at = posts.iter().position(|(uid, _)| *uid == stake.uid).unwrap_or_else(|| {
                posts.push((stake.uid.clone(), Vec::new()));
                posts.len() - 1
            });
            for branch in post.branches.iter().flatten() {
                if !posts[at].1.contains(&branch.uid) {
                    posts[at].1.push(branch.uid.clone());
                }
            }
        }
        PostPlaces(posts)
    }

    fn settle(&self, garden: &mut Garden) {
        let mut found: BTreeMap<String, Stake> = BTreeMap::new();
        for post in std::mem::take(&mut garden.posts) {
            for stake in post.stake.into_iter().chain(post.branches.into_iter().flatten()) {
                found.insert(stake.uid.clone(), stake);
            }
        }
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for (uid, branches) in &self.0 {
            let mut place = |(i, uid): (usize, &String)| {
                let mut stake = found.remove(uid);
                if let Some(stake) = stake.as_mut().filter(|_| branches.len() > 1) {
                    stake.number = Some(i + 1);
                }
                stake
            };
            let branches_then = branches.iter().enumerate().map(&mut place).collect();
            if branches.len() > 1 {
                numbers.extend(branches.iter().enumerate().map(|(i, uid)| (uid.as_str(), i + 1)));
            }
            garden.posts.push(Post { stake: found.remove(uid), branches: branches_then });
        }
        let planted = garden.beds.iter_mut().flatten().flat_map(|bed| bed.pods.iter_mut());
        for pod in garden.tray.iter_mut().chain(planted).flatten() {
            pod.number = pod.owner.as_deref().and_then(|owner| numbers.get(owner).copied());
        }
    }
}
