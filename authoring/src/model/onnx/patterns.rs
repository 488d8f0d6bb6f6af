//! What is to be done at a node: itself, or what it makes together with the nodes before it. Exporters write a
//! logistic function, a division by the sum, and a look-up of the nearest point as several operators each.

use super::super::ModelProblem;
use super::feature::Op;
use super::graph::Node;
use super::reading::{Reading, Site};
use super::row::Made;
use super::stage::Stage;
use super::tensor::Tensor;
use super::trees::Grove;
use super::{narrow, refused};
use crate::limits;
use engine::models::{Link, Norm};

/// What is to be done, and of which values.
pub(super) enum Task<'a> {
    /// What the operator says, of values by their place among its inputs.
    Plain(Vec<(usize, &'a str)>),
    /// Categories to numbers.
    Encode(&'a str),
    /// 1 / (1 + exp(x)).
    Falling(&'a str),
    /// x over the sum of its numbers.
    Shares(&'a str),
    /// The height at the nearest point.
    Nearest {
        of: &'a str,
        points: Vec<f32>,
        heights: Vec<f32>,
    },
}

impl<'a> Task<'a> {
    pub(super) fn of(reading: &Reading<'_, 'a>, node: &Node<'a>) -> Result<Self, ModelProblem> {
        let look = Look { reading };
        let varies = |name: &&'a str| !name.is_empty() && reading.settled(name).is_none();
        match (node.operator, node.inputs.as_slice()) {
            ("OneHotEncoder" | "LabelEncoder", [of, ..]) => return Ok(Self::Encode(of)),
            ("Div", [one, below]) if look.is_one(one)? => {
                if let Some(exp) = look.one_more(below)?.filter(|exp| look.is("Exp", exp)) {
                    let of = look
                        .before(exp)
                        .ok_or_else(|| refused(node, "it has no input"))?;
                    return Ok(Self::Falling(of));
                }
            }
            ("Div", [above, below]) if varies(above) && varies(below) => {
                if let Some(of) = look.shares(above, below)? {
                    return Ok(Self::Shares(of));
                }
            }
            ("ArrayFeatureExtractor", [heights, at]) if !varies(heights) && varies(at) => {
                if let Some((of, points)) = look.nearest(at)? {
                    let heights = reading.constant(heights)?;
                    let heights = heights.map(|heights| heights.floats()).unwrap_or_default();
                    return Self::nearest(node, of, &points, heights);
                }
            }
            _ => {}
        }
        let inputs = node.inputs.iter().copied().enumerate();
        Ok(Self::Plain(
            inputs.filter(|(_, name)| varies(name)).collect(),
        ))
    }

    fn nearest(
        node: &Node,
        of: &'a str,
        points: &Tensor,
        heights: Vec<f32>,
    ) -> Result<Self, ModelProblem> {
        let points = points.floats();
        let rising = points.is_sorted_by(|a, b| a < b) && points.iter().all(|x| x.is_finite());
        if points.is_empty() || !rising || heights.len() != points.len() {
            return Err(refused(
                node,
                "the points of its calibration are not in ascending order, a height each",
            ));
        }
        Ok(Self::Nearest {
            of,
            points,
            heights,
        })
    }

    /// The values that it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = &'a str> {
        let (several, one) = match self {
            Self::Plain(inputs) => (inputs.as_slice(), None),
            Self::Encode(of) | Self::Falling(of) | Self::Shares(of) | Self::Nearest { of, .. } => {
                (&[][..], Some(*of))
            }
        };
        several.iter().map(|(_, name)| *name).chain(one)
    }

    /// Whether it leaves texts as they are.
    pub(super) fn leaves_texts(&self, node: &Node) -> bool {
        const STRUCTURAL: [&str; 9] = [
            "ArrayFeatureExtractor",
            "Concat",
            "Flatten",
            "Gather",
            "Identity",
            "Reshape",
            "Squeeze",
            "Transpose",
            "Unsqueeze",
        ];
        matches!(self, Self::Plain(_)) && STRUCTURAL.contains(&node.operator)
    }

    /// Does it.
    pub(super) fn done<'r, 'g: 'r>(
        &self,
        node: &Node,
        mut rows: Vec<Made>,
        site: impl Fn(usize) -> Site<'r, 'g, 'a>,
    ) -> Result<Made, ModelProblem>
    where
        'a: 'g,
    {
        if let (Self::Plain(inputs), true) = (self, rows.len() > 1) {
            if inputs.len() != node.inputs.len() {
                return Err(refused(node, "it joins several values and constants"));
            }
            return joined(node, rows);
        }
        let Some(mut row) = rows.pop() else {
            return Err(refused(node, "it depends on no input"));
        };
        match self {
            Self::Plain(inputs) => {
                let input = inputs.first().map_or(0, |(input, _)| *input);
                row.follow(&site(input))?;
            }
            Self::Encode(_) => {}
            Self::Falling(_) => {
                row.push(node, Stage::Link(Link::Logistic(-1.0)))?;
            }
            Self::Shares(_) => {
                // Where all are zero, the shares are equal.
                let least = Op::Move {
                    offset: -1e-30,
                    factor: 1.0,
                };
                row.each(node, &vec![least; row.width()])?;
                row.push(node, Stage::Norm(Norm::Sum))?;
            }
            Self::Nearest {
                points, heights, ..
            } => {
                if row.width() != 1 {
                    return Err(refused(node, "it calibrates several numbers at once"));
                }
                // What is cut to the ends of the points has the nearest point that it had.
                let ends = (points.first(), points.last());
                if let Some(Stage::Clip(low, high)) = row.stages.last().map(|stage| &**stage)
                    && ends == (Some(low), Some(high))
                {
                    row.stages.pop();
                }
                let stairs = Grove::stairs(&middles(points), heights);
                if row.is_columns() {
                    return Err(refused(node, "it calibrates a column of the input"));
                }
                row.push(node, Stage::Trees(stairs))?;
            }
        }
        Ok(row)
    }
}

/// Values side by side, or their sum.
fn joined(node: &Node, rows: Vec<Made>) -> Result<Made, ModelProblem> {
    let add = match node.operator {
        "Concat" => false,
        "Add" | "Sum" => true,
        _ => {
            return Err(refused(
                node,
                "it joins several values: only `Concat`, `Add` and `Sum` do that",
            ));
        }
    };
    let (count, width) = (rows.len(), rows.first().map_or(0, Made::width));
    let flat = |row: &Made| row.dims.iter().rev().skip(1).all(|extent| *extent == 1);
    if !rows.iter().all(flat) || add && rows.iter().any(|row| row.width() != width) {
        return Err(refused(
            node,
            "it joins values of several rows, or of other widths",
        ));
    }
    if !add {
        let last = rows.iter().map(|row| row.dims.len()).max().unwrap_or(1);
        let last = i64::try_from(last).unwrap_or(i64::MAX) - 1;
        let axis = node.whole("axis", -1)?;
        if axis != -1 && axis != last {
            return Err(refused(node, "attribute `axis`: only the last is read"));
        }
        if let [other, one] = rows.as_slice()
            && width == 1
            && other.complements(one)
        {
            let mut row = one.clone();
            row.push(node, Stage::complement())?;
            (row.dims, row.classes) = (vec![1, 2], true);
            return Ok(row);
        }
    }
    let mut rows = rows.into_iter();
    let Some(mut all) = rows.next() else {
        return Err(refused(node, "it depends on no input"));
    };
    for row in rows {
        all = all.beside(node, row)?;
        all.bounded()?;
    }
    if add && count > 1 {
        let size = count.saturating_mul(width).saturating_mul(width);
        super::at_most("weights", size, limits::WEIGHTS)?;
        let full = count.saturating_mul(width);
        let row = |to: usize| {
            (0..full)
                .map(|at| f32::from(u8::from(at % width == to)))
                .collect()
        };
        let sums = (0..width).map(row).collect();
        all.push(node, Stage::linear(full, sums, vec![0.0; width]))?;
        all.dims = vec![1, width];
    }
    Ok(all)
}

/// Where the next point becomes the nearest: the first number that is. Of two as near, the first is taken.
fn middles(points: &[f32]) -> Vec<f32> {
    let pairs = points.iter().zip(points.iter().skip(1));
    let middle = |(one, other): (&f32, &f32)| {
        let mut at = narrow(f64::midpoint(f64::from(*one), f64::from(*other)));
        // Distances are rounded too, so the first number may be some steps off.
        let nearer = |x: f32| (x - other).abs() < (x - one).abs();
        for _ in 0..NUDGES {
            if nearer(at) && nearer(at.next_down()) {
                at = at.next_down();
            } else if !nearer(at) {
                at = at.next_up();
            }
        }
        at
    };
    pairs.map(middle).collect()
}

/// More than a rounded distance is off.
const NUDGES: usize = 8;

/// Looks at the nodes before a value.
struct Look<'r, 'g, 'a> {
    reading: &'r Reading<'g, 'a>,
}

impl<'g, 'a> Look<'_, 'g, 'a> {
    fn maker(&self, name: &str) -> Option<&'g Node<'a>> {
        self.reading.maker(name).ok().map(|(node, _)| node)
    }

    fn is(&self, operator: &str, name: &str) -> bool {
        self.maker(name)
            .is_some_and(|node| node.operator == operator)
    }

    /// The first input of what makes it.
    fn before(&self, name: &str) -> Option<&'a str> {
        self.maker(name)?.inputs.first().copied()
    }

    fn is_one(&self, name: &str) -> Result<bool, ModelProblem> {
        let constant = self.reading.constant(name)?;
        Ok(constant.is_some_and(|constant| constant.numbers == [1.0]))
    }

    /// x of 1 + x.
    fn one_more(&self, name: &str) -> Result<Option<&'a str>, ModelProblem> {
        let Some([a, b]) = self.pair("Add", name) else {
            return Ok(None);
        };
        Ok(if self.is_one(a)? {
            Some(b)
        } else if self.is_one(b)? {
            Some(a)
        } else {
            None
        })
    }

    /// The two inputs of an operator that makes it.
    fn pair(&self, operator: &str, name: &str) -> Option<[&'a str; 2]> {
        let node = self.maker(name).filter(|node| node.operator == operator)?;
        <[&str; 2]>::try_from(node.inputs.as_slice()).ok()
    }

    /// x, where both are x and its sum, or the two with something added where the sum is zero.
    fn shares(&self, above: &str, below: &str) -> Result<Option<&'a str>, ModelProblem> {
        if let Some(of) = self.sum(below)? {
            return Ok((of == above).then_some(of));
        }
        let (Some([x, mask]), Some([sum, masks])) =
            (self.pair("Add", above), self.pair("Add", below))
        else {
            return Ok(None);
        };
        // The mask is 1 where the sum is zero.
        let mut at = mask;
        for operator in ["Cast", "Not", "Cast"] {
            match self.maker(at).filter(|node| node.operator == operator) {
                Some(node) => at = node.inputs.first().copied().unwrap_or_default(),
                None => return Ok(None),
            }
        }
        let masked = self
            .pair("Mul", masks)
            .is_some_and(|pair| pair.contains(&mask));
        let alike = at == sum && masked && self.sum(sum)? == Some(x);
        Ok(alike.then_some(x))
    }

    /// x, where it is the sum of the numbers of x.
    fn sum(&self, name: &str) -> Result<Option<&'a str>, ModelProblem> {
        let Some(node) = self.maker(name).filter(|node| node.operator == "ReduceSum") else {
            return Ok(None);
        };
        let axes = match node.inputs.get(1) {
            Some(axes) => self.reading.constant(axes)?.map(|axes| axes.numbers),
            None => None,
        };
        let last = axes.is_some_and(|axes| axes == [1.0] || axes == [-1.0])
            || matches!(node.wholes("axes")?.as_slice(), [1 | -1]);
        let kept = node.whole("keepdims", 1)? == 1;
        Ok(node.inputs.first().copied().filter(|_| last && kept))
    }

    /// What is looked up, and the points, where a value is the place of the nearest of them.
    fn nearest(&self, name: &str) -> Result<Option<(&'a str, Tensor)>, ModelProblem> {
        let Some(least) = self.maker(name).filter(|node| node.operator == "ArgMin") else {
            return Ok(None);
        };
        let first = least.whole("select_last_index", 0)? == 0;
        let away = least.inputs.first().filter(|away| self.is("Abs", away));
        let away = away.and_then(|away| self.before(away));
        let Some([of, points]) = away.and_then(|away| self.pair("Sub", away)) else {
            return Ok(None);
        };
        if !first || least.whole("axis", 0)? != 1 {
            return Ok(None);
        }
        Ok(self.reading.constant(points)?.map(|points| (of, points)))
    }
}
